using ClientLb.Calls;
using ClientLb.Clusters;

namespace ClientLb.Tests.Calls;

/// <summary>A policy of the user's throws in the midst of a call: the caller hears of it, and nothing is left behind.</summary>
public sealed class UserPolicyThrowsTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly ThrowingPolicy _policy = new();

    [Fact]
    public async Task Picker_throws_for_a_retry_the_call_fails_with_it_and_the_answer_before_is_dropped()
    {
        using var bench = Bench("500*");
        _policy.ThrowsAtFurtherPicks = true;

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => bench.CallAsync());

        Assert.Equal("the picker", error.Message);
        Assert.Equal(["500*"], bench.Transport.Discarded);
        Assert.Equal((0, 1, 10.0), (bench.InFlight, bench.Transport.Finished, bench.Budget));
    }

    [Fact]
    public void Picker_throws_for_a_retry_of_a_synchronous_call()
    {
        using var bench = Bench("500*");
        _policy.ThrowsAtFurtherPicks = true;

        Assert.Throws<InvalidOperationException>(() => bench.Call());

        Assert.Equal(["500*"], bench.Transport.Discarded);
        Assert.Equal((0, 1, 10.0), (bench.InFlight, bench.Transport.Finished, bench.Budget));
    }

    [Theory]
    [InlineData("fine", 1)]
    [InlineData("500", 1)]
    [InlineData("500", 2)]
    [InlineData("gone", 2)]
    public async Task Observer_throws_the_call_fails_with_it_and_no_lease_stays_out(string answer, int report)
    {
        using var bench = Bench(answer);
        _policy.ThrowsAtReport = report;

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => bench.CallAsync());

        Assert.Equal("the observer", error.Message);
        Assert.Equal(report, bench.Transport.Sent.Count);
        Assert.Equal((0, 1), (bench.InFlight, bench.Transport.Finished));
        Assert.Equal(answer == "gone" ? 0 : report, bench.Transport.Discarded.Count);
        Assert.All(bench.Cluster.Snapshot.Endpoints, static endpoint => Assert.Equal(0, endpoint.Load.Awaiting));
    }

    [Theory]
    [InlineData("fine", 1)]
    [InlineData("500", 1)]
    [InlineData("500", 2)]
    public async Task Observer_throws_at_a_hedged_call_no_lease_stays_out(string answer, int report)
    {
        using var bench = Bench(answer, new HedgingOptions { Delay = TimeSpan.FromSeconds(1) });
        _policy.ThrowsAtReport = report;

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => bench.CallAsync());

        Assert.Equal("the observer", error.Message);
        Assert.Equal((0, 1), (bench.InFlight, bench.Transport.Finished));
        Assert.Equal(report, bench.Transport.Discarded.Count);
    }

    [Fact]
    public async Task Picker_throws_for_a_hedge_it_is_not_made_and_the_first_is_awaited()
    {
        using var bench = new HedgeBench(3, policy: _policy);
        _policy.ThrowsAtFurtherPicks = true;
        var call = bench.Calls.CallAsync();
        bench.Pass(2000);

        Assert.Equal((1, 10.0), (bench.Attempts.Count, bench.Calls.Budget));
        Assert.Contains("the picker", bench.Calls.Cluster.Log.TextOf(311), StringComparison.Ordinal);
        bench.Answer(1, "fine");
        Assert.Equal("fine", await call.WaitAsync(s_patience));
        Assert.Equal(["not_sent"], bench.Hedges);
    }

    [Fact]
    public async Task Picker_throws_for_what_follows_a_failed_attempt_of_a_hedged_call()
    {
        using var bench = new HedgeBench(3, policy: _policy);
        _policy.ThrowsAtFurtherPicks = true;
        var call = bench.Calls.CallAsync();

        bench.Answer(1, "500*");

        await Assert.ThrowsAsync<InvalidOperationException>(() => call.WaitAsync(s_patience));
        Assert.Equal((0, 1, 10.0), (bench.Calls.InFlight, bench.Transport.Finished, bench.Calls.Budget));
        Assert.Equal(["500*"], bench.Transport.Discarded);
    }

    [Fact]
    public async Task Picker_throws_for_the_first_attempt_of_a_prepared_call_what_was_made_ready_is_given_back()
    {
        using var bench = Bench("fine");
        bench.Transport.Prepares = true;
        _policy.ThrowingPicks = 1;

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => bench.CallAsync());

        Assert.Equal("the picker", error.Message);
        Assert.Equal((0, 1), (bench.InFlight, bench.Transport.Finished));
        Assert.Equal("fine", await bench.CallAsync());
        Assert.Equal(2, bench.Transport.Finished);
    }

    [Fact]
    public async Task Picker_throws_for_a_call_in_the_queue_only_that_call_fails_and_the_others_are_served()
    {
        var answer = new TaskCompletionSource<string>();
        var sent = 0;
        using var bench = new CallBench(
            1, new Script((_, _, _) => sent++ == 0 ? answer.Task : Task.FromResult("next")),
            null, new ClusterOptions { Policy = _policy.Name, Limits = { EndpointInFlight = 1, InFlight = 1, QueueLength = 5, QueueTimeout = TimeSpan.FromSeconds(20) } }, null, _policy);
        var first = bench.CallAsync();
        var (unlucky, next) = (bench.CallAsync(), bench.CallAsync());
        _policy.ThrowingPicks = 1;

        answer.SetResult("fine");

        Assert.Equal("fine", await first.WaitAsync(s_patience));
        Assert.Equal("the picker", (await Assert.ThrowsAsync<InvalidOperationException>(() => unlucky.WaitAsync(s_patience))).Message);
        Assert.Equal("next", await next.WaitAsync(s_patience));
        Assert.Equal((0, 0, 0, 3), (bench.InFlight, bench.Cluster.Cluster.Gate.InFlight, bench.Cluster.Cluster.Gate.Waiting, bench.Transport.Finished));
    }

    private CallBench Bench(string answer, HedgingOptions? hedging = null) => new(
        3, new Script(_ => answer == "gone" ? throw new IOException("reset") : answer), null, new ClusterOptions { Policy = _policy.Name }, hedging, _policy);
}
