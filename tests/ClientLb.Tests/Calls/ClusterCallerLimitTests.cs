using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Calls;

public class ClusterCallerLimitTests
{
    [Fact]
    public async Task All_at_limit_the_call_is_refused_at_once_and_by_name_and_counts_against_nobody()
    {
        using var bench = Hanging(2, new ClusterOptions { Limits = { EndpointInFlight = 1 } }, out var answers);
        var calls = new[] { bench.CallAsync(), bench.CallAsync() };

        var refused = bench.CallAsync();

        Assert.True(refused.IsCompleted);
        var error = await Assert.ThrowsAsync<CallFailedException>(() => refused);
        Assert.Equal(CallFailureReason.AllAtLimit, error.Reason);
        Assert.Empty(error.Attempts);
        Assert.Equal(
            "Cluster 'orders' refused the call: every endpoint that may be used is at its limit (2): "
            + "10.0.0.1:1 has 1 in flight and may have 1 (ClientLb:Clusters:orders:Limits:EndpointInFlight); "
            + "10.0.0.1:2 has 1 in flight and may have 1 (ClientLb:Clusters:orders:Limits:EndpointInFlight). "
            + "To let calls wait for a place, set ClientLb:Clusters:orders:Limits:QueueLength.", error.Message);
        Assert.All(bench.Cluster.Snapshot.Endpoints, endpoint => Assert.Equal((0, 0f), (endpoint.Health.ConsecutiveFailures, endpoint.Load.PeakLatency)));
        Assert.Equal((2, 1), (bench.InFlight, bench.Transport.Finished));
        answers.ForEach(answer => answer.SetResult("fine"));
        await Task.WhenAll(calls);
        Assert.Equal(0, bench.InFlight);
        Assert.Equal(3, bench.Transport.Finished);
    }

    [Fact]
    public async Task Cluster_at_its_limit_says_so()
    {
        using var bench = Hanging(2, new ClusterOptions { Limits = { InFlight = 1 } }, out _);
        _ = bench.CallAsync();

        var error = await bench.FailAsync();

        Assert.Equal(CallFailureReason.AllAtLimit, error.Reason);
        Assert.StartsWith("Cluster 'orders' refused the call: 1 attempts are in flight in the cluster, as many as ClientLb:Clusters:orders:Limits:InFlight allows.",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoint_in_distress_at_its_limit_says_so()
    {
        using var bench = Hanging(1, new ClusterOptions(), out _);
        bench.Cluster.Report(1, OutcomeKind.Failure, Evidence.AttemptTimeout);
        _ = bench.CallAsync();

        var error = await bench.FailAsync();

        Assert.Equal(CallFailureReason.AllAtLimit, error.Reason);
        Assert.Contains("10.0.0.1:1 has 1 in flight and may have 1 since it was seen in distress (ClientLb:Clusters:orders:Limits:Adaptive)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_endpoint_at_all_is_no_matter_of_limits()
    {
        using var bench = Hanging(0, new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 5 } }, out _);

        Assert.Equal(CallFailureReason.NoEndpoints, (await bench.FailAsync()).Reason);
    }

    [Fact]
    public async Task Waiting_calls_are_served_in_order_as_answers_come_streams_included()
    {
        using var bench = Hanging(1, new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 2 } }, out var answers);
        var calls = new[] { bench.CallAsync(), bench.CallAsync(), bench.CallAsync() };
        var error = await bench.FailAsync();
        Assert.Equal(CallFailureReason.AllAtLimit, error.Reason);
        Assert.Contains("2 calls wait for a place already, as many as ClientLb:Clusters:orders:Limits:QueueLength allows", error.Message, StringComparison.Ordinal);
        Assert.Single(answers);

        // The head of the answer is there: its body takes no place.
        answers[0].SetResult("first*");
        Assert.Equal("first*", await calls[0]);
        await UntilAsync(() => answers.Count == 2);
        answers[1].SetResult("second");
        Assert.Equal("second", await calls[1]);
        await UntilAsync(() => answers.Count == 3);
        answers[2].SetResult("third");
        Assert.Equal("third", await calls[2]);

        bench.Transport.CloseBody();
        Assert.Equal((0, 0), (bench.InFlight, bench.Cluster.Cluster.Gate.Waiting));
    }

    [Fact]
    public async Task Waiting_call_that_no_place_comes_for_in_time_is_refused_by_name()
    {
        using var bench = Hanging(1, new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 2, QueueTimeout = TimeSpan.FromMilliseconds(300) } }, out var answers);
        var first = bench.CallAsync();
        var waiting = bench.CallAsync();
        bench.Cluster.Time.Advance(0.29);
        Assert.False(waiting.IsCompleted);
        bench.Cluster.Time.Advance(0.02);

        var error = await Assert.ThrowsAsync<CallFailedException>(() => waiting);
        Assert.Equal(CallFailureReason.QueueTimeout, error.Reason);
        Assert.Contains("no place became free within 0.3 s", error.Message, StringComparison.Ordinal);
        answers[0].SetResult("fine");
        await first;
        Assert.Equal((0, 0), (bench.InFlight, bench.Cluster.Cluster.Gate.Waiting));
    }

    [Fact]
    public async Task Waiting_call_whose_caller_gives_up_leaves_the_line_and_takes_nobodys_place()
    {
        using var bench = Hanging(1, new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 5 } }, out var answers);
        using var caller = new CancellationTokenSource();
        var first = bench.CallAsync();
        var (given, next) = (bench.CallAsync(caller.Token), bench.CallAsync());

        await caller.CancelAsync();
        var error = await Assert.ThrowsAsync<TaskCanceledException>(() => given);
        Assert.Equal(caller.Token, error.CancellationToken);
        Assert.Equal(1, bench.Cluster.Cluster.Gate.Waiting);
        answers[0].SetResult("fine");
        await first;
        await UntilAsync(() => answers.Count == 2);
        answers[1].SetResult("next");

        Assert.Equal("next", await next);
        Assert.Equal((0, 0, 3), (bench.InFlight, bench.Cluster.Cluster.Gate.Waiting, bench.Transport.Finished));
    }

    [Fact]
    public async Task Waiting_call_that_is_served_as_its_caller_gives_up_keeps_no_place()
    {
        using var bench = Hanging(1, new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 5, InFlight = 1 } }, out var answers);
        for (var i = 0; i < 20; i++)
        {
            answers.Clear();
            using var caller = new CancellationTokenSource();
            var first = bench.CallAsync();
            var given = bench.CallAsync(caller.Token);

            // Registered last it runs first: the place is free, and the waiting call's, a moment before it hears of its caller.
            await using var registration = caller.Token.Register(() => answers[0].SetResult("fine"));
            await caller.CancelAsync();

            Assert.Equal("fine", await first);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
            Assert.Equal((0, 0, 0), (bench.InFlight, bench.Cluster.Cluster.Gate.InFlight, bench.Cluster.Cluster.Gate.Waiting));
        }
    }

    [Fact]
    public async Task Waiting_call_that_is_served_as_its_time_is_up_goes_on()
    {
        using var bench = Hanging(1, new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 5 } }, out var answers);
        var first = bench.CallAsync();

        // Its timer is older than that of the waiting call, and fires first.
        using var timer = bench.Cluster.Time.CreateTimer(_ => answers[0].SetResult("fine"), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        var waiting = bench.CallAsync();
        bench.Cluster.Time.Advance(1);
        Assert.Equal("fine", await first);
        await UntilAsync(() => answers.Count == 2);
        answers[1].SetResult("late");

        Assert.Equal("late", await waiting);
        Assert.Equal((0, 0), (bench.InFlight, bench.Cluster.Cluster.Gate.Waiting));
    }

    [Fact]
    public async Task Time_in_the_line_is_time_of_the_call_and_not_of_the_attempt()
    {
        using var bench = Hanging(1, new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 5, QueueTimeout = TimeSpan.FromSeconds(20) } }, out var answers,
            CallTraits.None, (_, timeouts) => timeouts.Call = TimeSpan.FromSeconds(12));
        var first = bench.CallAsync();
        var waiting = bench.CallAsync();
        bench.Cluster.Time.Advance(9);
        answers[0].SetResult("fine");
        await first;
        await UntilAsync(() => answers.Count == 2);

        // The attempt would have 10 s, the call has 3 left.
        bench.Cluster.Time.Advance(2.5);
        Assert.False(waiting.IsCompleted);
        bench.Cluster.Time.Advance(1);
        var error = await Assert.ThrowsAsync<CallFailedException>(() => waiting);
        Assert.Equal(CallFailureReason.DeadlineExceeded, error.Reason);
    }

    [Fact]
    public async Task Further_attempt_that_finds_all_others_at_their_limit_ends_with_what_happened_and_gives_its_token_back()
    {
        var hung = new TaskCompletionSource<string>();
        using var bench = new CallBench(
            2, new Script((endpoint, _, _) => endpoint.Port == 2 ? hung.Task : throw new IOException("reset")),
            options: new ClusterOptions { Policy = "pick_first", Limits = { EndpointInFlight = 1, QueueLength = 5 } });
        Assert.True(bench.Cluster[1].Load.TryAcquire(0, LeaseRule.Normal));
        var other = bench.CallAsync();
        bench.Cluster[1].Load.Release(0);

        var call = bench.CallAsync();

        Assert.True(call.IsCompleted);
        var error = await Assert.ThrowsAsync<CallFailedException>(() => call);
        Assert.Equal(CallFailureReason.AllAtLimit, error.Reason);
        Assert.Equal("10.0.0.1:1", Assert.Single(error.Attempts).Endpoint);
        Assert.Contains("All other endpoints were at their limit", error.Message, StringComparison.Ordinal);
        Assert.Equal((10, 0, 1), (bench.Budget, bench.Cluster.Cluster.Gate.Waiting, bench.InFlight));
        hung.SetResult("fine");
        await other;
        Assert.Equal(0, bench.InFlight);
    }

    [Fact]
    public async Task Further_attempt_that_finds_all_others_at_their_limit_returns_the_answer_that_there_was()
    {
        var hung = new TaskCompletionSource<string>();
        using var bench = new CallBench(
            2, new Script((endpoint, _, _) => endpoint.Port == 2 ? hung.Task : Task.FromResult("500")),
            options: new ClusterOptions { Policy = "pick_first", Limits = { EndpointInFlight = 1 } });
        Assert.True(bench.Cluster[1].Load.TryAcquire(0, LeaseRule.Normal));
        var other = bench.CallAsync();
        bench.Cluster[1].Load.Release(0);

        Assert.Equal("500", await bench.CallAsync());
        hung.SetResult("fine");
        await other;
        Assert.Equal(0, bench.InFlight);
    }

    [Fact]
    public async Task Cluster_limit_is_free_again_whatever_becomes_of_the_calls()
    {
        var round = 0;
        using var bench = new CallBench(3, new Script((_, _, _) => (round++ % 4) switch
        {
            0 => Task.FromResult("500"),
            1 => throw new IOException("reset"),
            2 => Task.FromResult("fine*"),
            _ => Task.FromResult("fine"),
        }), options: new ClusterOptions { OutlierDetection = { Enabled = false }, Limits = { InFlight = 1 } });
        for (var i = 0; i < 40; i++)
        {
            try
            {
                if ((await bench.CallAsync()).EndsWith('*'))
                {
                    bench.Transport.CloseBody();
                }
            }
            catch (CallFailedException e)
            {
                Assert.NotEqual(CallFailureReason.AllAtLimit, e.Reason);
            }

            bench.Cluster.Cluster.Budget.Refund();
        }

        Assert.Equal((0, 0), (bench.InFlight, bench.Cluster.Cluster.Gate.InFlight));
    }

    [Fact]
    public void Synchronous_call_waits_on_its_own_thread()
    {
        using var bench = new CallBench(1, new Script(static _ => "fine"), options: new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 1, QueueTimeout = TimeSpan.FromMinutes(5) } });
        var snapshot = bench.Cluster.Snapshot;
        Assert.True(bench.Cluster.Cluster.Gate.TryLease(ref snapshot, 0, false, default, true, out var lease, default));
        var answered = "";
        var caller = new Thread(() => answered = bench.Call());
        caller.Start();
        SpinWait.SpinUntil(() => bench.Cluster.Cluster.Gate.Waiting == 1);
        bench.Cluster.Cluster.Release(lease);
        caller.Join();

        Assert.Equal("fine", answered);
        Assert.Equal(caller.ManagedThreadId, Assert.Single(bench.Transport.Threads));
    }

    /// <summary>Every attempt waits for the answer that the test gives.</summary>
    private static CallBench Hanging(
        int endpoints, ClusterOptions options, out List<TaskCompletionSource<string>> answers, CallTraits traits = CallTraits.RepeatableAndReplayable,
        Action<RetryOptions, TimeoutOptions>? configure = null)
    {
        var all = answers = [];
        return new CallBench(
            endpoints,
            new Script(async (_, _, token) =>
            {
                var answer = new TaskCompletionSource<string>();
                all.Add(answer);
                await using var registration = token.UnsafeRegister(_ => answer.TrySetCanceled(token), null);
                return await answer.Task.ConfigureAwait(false);
            })
            { Traits = traits },
            configure, options);
    }

    /// <summary>A call that has waited goes on upon a thread of the pool.</summary>
    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; !condition(); i++)
        {
            Assert.True(i < 100_000, "It does not come.");
            await Task.Yield();
        }
    }
}
