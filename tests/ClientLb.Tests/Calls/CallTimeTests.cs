using ClientLb.Affinity;
using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Calls;

/// <summary>The time of a call runs from its beginning: what it waits for before its first attempt, and where its answer points, take of it.</summary>
public sealed class CallTimeTests
{
    [Fact]
    public async Task Body_that_never_ends_is_read_no_longer_than_the_call_may_take()
    {
        using var bench = Bench(new Script(static _ => "fine") { Traits = CallTraits.Repeatable, Prepares = true, Preparing = CallBench.HangAsync });
        var call = bench.CallAsync();
        bench.Cluster.Time.Advance(9.8);
        Assert.False(call.IsCompleted);

        bench.Cluster.Time.Advance(0.4);

        var error = await Assert.ThrowsAsync<CallFailedException>(() => call.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(CallFailureReason.DeadlineExceeded, error.Reason);
        Assert.Contains("the body of the request", error.Message, StringComparison.Ordinal);
        Assert.Empty(bench.Transport.Sent);
    }

    [Fact]
    public async Task Caller_cancels_while_the_body_is_read()
    {
        using var bench = Bench(new Script(static _ => "fine") { Traits = CallTraits.Repeatable, Prepares = true, Preparing = CallBench.HangAsync });
        using var caller = new CancellationTokenSource();
        var call = bench.CallAsync(caller.Token);

        await caller.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(caller.Token, error.CancellationToken);
    }

    [Fact]
    public async Task Time_that_the_body_took_is_taken_from_the_attempts()
    {
        var read = new TaskCompletionSource();
        using var bench = Bench(new Script(static (_, _, token) => CallBench.HangAsync(token)) { Traits = CallTraits.Repeatable, Prepares = true, Preparing = _ => read.Task });
        var call = bench.CallAsync();
        bench.Cluster.Time.Advance(8);
        read.SetResult();
        await HedgeBench.EventuallyAsync(() => bench.Transport.Sent.Count == 1);

        bench.Cluster.Time.Advance(2.2);

        var error = await Assert.ThrowsAsync<CallFailedException>(() => call.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(CallFailureReason.DeadlineExceeded, error.Reason);
    }

    [Fact]
    public async Task First_list_that_does_not_come_ends_the_call_with_its_time()
    {
        using var cluster = new TestCluster(new ClusterOptions { FirstResolution = TimeSpan.FromSeconds(20) });
        using var wheel = new TimeoutWheel(cluster.Clock);
        var plan = new CallPlan(new TimeoutOptions { Attempt = TimeSpan.FromSeconds(2), Call = TimeSpan.FromSeconds(2) }, new RetryOptions(), cluster.Time);
        var caller = new ClusterCaller<string, string>(cluster.Cluster, new Script(static _ => "fine"), wheel, new SeededRandomSource(5), cluster.Log);
        var call = caller.CallAsync("request", plan, isAsync: true, CancellationToken.None);
        cluster.Time.Advance(1.8);
        Assert.False(call.IsCompleted);

        cluster.Time.Advance(0.4);

        var error = await Assert.ThrowsAsync<CallFailedException>(() => call.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(CallFailureReason.DeadlineExceeded, error.Reason);
        Assert.Contains("first list", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_the_answer_points_is_a_part_of_the_call(bool isHedged)
    {
        using var bench = new CallBench(2, new Script(static _ => "302"), Times, hedging: isHedged ? new HedgingOptions { Delay = TimeSpan.FromSeconds(1) } : null);
        var start = bench.Cluster.Clock.Now;
        bench.Transport.Follows = _ => Task.FromResult("there");

        Assert.Equal("there", await bench.CallAsync());

        Assert.Equal(start + TimeSpan.FromSeconds(10).Ticks, bench.Transport.FollowedUntil);
    }

    private static CallBench Bench(Script script) => new(2, script, Times);

    private static void Times(RetryOptions retry, TimeoutOptions timeouts) => timeouts.Call = timeouts.Attempt = TimeSpan.FromSeconds(10);
}
