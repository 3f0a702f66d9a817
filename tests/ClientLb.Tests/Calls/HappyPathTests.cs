using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;
using Polly;
using Polly.Retry;

namespace ClientLb.Tests.Calls;

public sealed class HappyPathTests
{
    [Fact]
    public async Task Polly_is_met_by_a_call_that_fails_and_by_no_other()
    {
        var (entered, answer) = (0, "fine");
        using var cluster = TestCluster.Of(2);
        using var wheel = new TimeoutWheel(cluster.Clock);
        var plan = new CallPlan(new TimeoutOptions(), new RetryOptions(), cluster.Time)
        {
            Retries = new ResiliencePipelineBuilder<AttemptResult>().AddRetry(new RetryStrategyOptions<AttemptResult>
            {
                ShouldHandle = _ =>
                {
                    entered++;
                    return ValueTask.FromResult(false);
                },
            }).Build(),
        };
        var caller = new ClusterCaller<string, string>(cluster.Cluster, new Script(_ => answer), wheel, new SeededRandomSource(5), cluster.Log);
        for (var i = 0; i < 10; i++)
        {
            await caller.CallAsync("request", plan, isAsync: i % 2 == 0, CancellationToken.None);
        }

        Assert.Equal(0, entered);
        answer = "500";
        await caller.CallAsync("request", plan, isAsync: true, CancellationToken.None);
        Assert.Equal(1, entered);
    }
}
