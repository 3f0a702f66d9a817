using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Calls;

public class ClusterCallerRetryTests
{
    private static readonly HttpRequestException Refused = new("refused");

    [Fact]
    public async Task Success_is_returned_and_nothing_is_left_behind()
    {
        using var bench = new CallBench(3, new Script(static _ => "fine"));

        Assert.Equal("fine", await bench.CallAsync());

        Assert.Single(bench.Transport.Sent);
        Assert.Equal((0, 1), (bench.InFlight, bench.Transport.Finished));
        Assert.Equal(1, bench.Cluster.Snapshot.Endpoints.Sum(endpoint => endpoint.Load.Successes));
    }

    [Fact]
    public async Task Success_with_an_open_body_keeps_its_lease_until_the_body_ends()
    {
        using var bench = new CallBench(1, new Script(static _ => "fine*"));

        await bench.CallAsync();
        Assert.Equal((1, 0), (bench.InFlight, bench.Cluster[1].Load.Awaiting));
        bench.Transport.CloseBody();

        Assert.Equal((0, 0), (bench.InFlight, bench.Cluster[1].Load.Awaiting));
    }

    [Theory]
    [InlineData(CallTraits.RepeatableAndReplayable)]
    [InlineData(CallTraits.Replayable)]
    [InlineData(CallTraits.None)]
    public async Task NotSent_is_made_once_at_each_other_endpoint_without_token_or_wait(object traits)
    {
        using var bench = new CallBench(8, new Script(endpoint => endpoint.Port == 8 ? "fine" : throw Refused), (retry, _) => retry.BaseDelay = TimeSpan.FromSeconds(1));
        bench.Transport.Traits = (CallTraits)traits;
        bench.LeaveTokens(0);
        for (var i = 0; i < 8; i++)
        {
            var call = bench.CallAsync();

            Assert.True(call.IsCompleted);
            Assert.Equal("fine", await call);
        }

        Assert.Equal(bench.Transport.Sent.Where(port => port != 8).Distinct().Count(), bench.Transport.Sent.Count(port => port != 8));
        Assert.InRange(bench.Transport.Sent.Count, 9, 15);
        Assert.Empty(bench.Cluster.Time.Waits);
        Assert.Equal(0, bench.InFlight);
    }

    [Fact]
    public async Task NotSent_body_cannot_be_sent_again_no_further_attempt()
    {
        using var bench = new CallBench(3, new Script(_ => throw new IOException("reset")) { CanAlwaysSendAgain = false });

        var error = await bench.FailAsync();

        Assert.Single(bench.Transport.Sent);
        Assert.Equal(CallFailureReason.NotRepeatable, error.Reason);
    }

    [Fact]
    public async Task NotSent_everywhere_each_is_tried_once_and_further_rounds_count_as_retries()
    {
        using var bench = new CallBench(5, new Script(_ => throw Refused));

        var error = await bench.FailAsync();

        // Five free ones, of which the last counts as the first attempt; then two more of the three that are allowed.
        Assert.Equal(5, bench.Transport.Sent.Take(5).Distinct().Count());
        Assert.Equal(7, bench.Transport.Sent.Count);
        Assert.Equal(8, bench.Budget);
        Assert.Equal((CallFailureReason.AttemptsFailed, 7), (error.Reason, error.Attempts.Count));
        Assert.Equal(0, bench.InFlight);
    }

    [Fact]
    public async Task NotSent_on_a_single_endpoint_is_retried_on_itself_with_back_off()
    {
        var count = 0;
        using var bench = new CallBench(1, new Script(_ => ++count < 3 ? throw Refused : "fine"), (retry, _) => retry.BaseDelay = TimeSpan.FromMilliseconds(40));

        var call = bench.CallAsync();
        bench.Cluster.Time.Advance(0.5);

        Assert.Equal("fine", await call);
        Assert.Equal([1, 1, 1], bench.Transport.Sent);
        Assert.Equal(2, bench.Cluster.Time.Waits.Count);
        Assert.Equal(8.2, bench.Budget, 3);
    }

    [Fact]
    public async Task Failure_of_a_repeatable_call_is_retried_elsewhere_for_a_token()
    {
        using var bench = new CallBench(3, new Script((endpoint, attempt, _) => Task.FromResult(attempt < 3 ? "500" : "fine " + endpoint.Port)));

        Assert.StartsWith("fine", await bench.CallAsync(), StringComparison.Ordinal);

        Assert.Equal(3, bench.Transport.Sent.Distinct().Count());
        Assert.Equal(8.2, bench.Budget, 3);
        Assert.Equal(["500", "500"], bench.Transport.Discarded);
    }

    [Fact]
    public async Task Failure_of_a_call_that_is_not_repeatable_is_returned_at_once()
    {
        using var bench = new CallBench(3, new Script(static _ => "500") { Traits = CallTraits.Replayable });

        Assert.Equal("500", await bench.CallAsync());

        Assert.Single(bench.Transport.Sent);
        Assert.Equal(10, bench.Budget);
    }

    [Fact]
    public async Task Failure_three_attempts_are_the_most_and_the_last_answer_is_returned()
    {
        var count = 0;
        using var bench = new CallBench(5, new Script(_ => ++count < 3 ? $"500 {count}*" : "500 last*"));

        Assert.Equal("500 last*", await bench.CallAsync());

        Assert.Equal(3, bench.Transport.Sent.Count);
        Assert.Equal(["500 1*", "500 2*"], bench.Transport.Discarded);
        Assert.Equal(1, bench.InFlight);
        bench.Transport.CloseBody();
        Assert.Equal(0, bench.InFlight);
    }

    [Fact]
    public async Task Failure_budget_is_spent_no_further_attempt()
    {
        using var bench = new CallBench(5, new Script(_ => throw new IOException("reset")));
        bench.LeaveTokens(1);

        var error = await bench.FailAsync();

        Assert.Equal(2, bench.Transport.Sent.Count);
        Assert.Equal(CallFailureReason.BudgetSpent, error.Reason);
        Assert.Contains("budget is spent", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failure_an_exception_after_an_answer_replaces_it()
    {
        var count = 0;
        using var bench = new CallBench(3, new Script(_ => ++count == 1 ? "500*" : throw new IOException("reset")));

        await bench.FailAsync();

        Assert.Equal(["500*"], bench.Transport.Discarded);
        Assert.Equal(0, bench.InFlight);
    }

    [Fact]
    public async Task Endpoints_vanish_while_the_retry_waits_the_outcome_before_stands_and_the_token_goes_back()
    {
        using var bench = new CallBench(2, new Script(static _ => "500"), (retry, _) => retry.BaseDelay = TimeSpan.FromMilliseconds(200), new ClusterOptions { UnlistedGrace = TimeSpan.Zero });
        var call = bench.CallAsync();
        Assert.False(call.IsCompleted);

        bench.Cluster.List();
        bench.Cluster.Pass(0.5);

        Assert.Equal("500", await call);
        Assert.Single(bench.Transport.Sent);
        Assert.Equal(10, bench.Budget);
    }

    [Fact]
    public void Sync_everything_happens_on_the_calling_thread()
    {
        using var bench = new CallBench(4, new Script((_, attempt, _) => Task.FromResult(attempt < 3 ? "500" : "fine")));

        Assert.Equal("fine", bench.Call());

        Assert.All(bench.Transport.Threads, thread => Assert.Equal(Environment.CurrentManagedThreadId, thread));
        Assert.Equal((3, 0), (bench.Transport.Threads.Count, bench.InFlight));
    }
}
