using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Calls;

/// <summary>What stops attempts and calls: the caller, the clocks, a stalled endpoint.</summary>
public class ClusterCallerStopTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Caller_cancels_their_token_is_in_the_exception_and_nobody_is_blamed()
    {
        using var bench = new CallBench(3, new Script(static (_, _, token) => CallBench.HangAsync(token)));
        using var caller = new CancellationTokenSource();
        var call = bench.CallAsync(caller.Token);

        await caller.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Patience));
        Assert.Equal(caller.Token, error.CancellationToken);
        Assert.Single(bench.Transport.Sent);
        Assert.Equal((0, 10.0), (bench.InFlight, bench.Budget));
        Assert.All(bench.Cluster.Snapshot.Endpoints, endpoint => Assert.Equal((0, 0), endpoint.Health.Window.Read(bench.Cluster.Clock.Now)));
    }

    [Fact]
    public async Task Caller_has_cancelled_before_the_call_nothing_is_left_behind()
    {
        using var bench = new CallBench(3, new Script(static (_, _, token) => CallBench.HangAsync(token)));
        using var caller = new CancellationTokenSource();
        await caller.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.CallAsync(caller.Token).WaitAsync(Patience));

        Assert.Equal(caller.Token, error.CancellationToken);
        Assert.Equal(0, bench.InFlight);
    }

    [Fact]
    public async Task Caller_cancels_while_the_retry_waits_the_answer_is_dropped_and_the_token_goes_back()
    {
        using var bench = new CallBench(1, new Script(static _ => "500*"), static (retry, _) => retry.BaseDelay = TimeSpan.FromMilliseconds(200));
        using var caller = new CancellationTokenSource();
        var call = bench.CallAsync(caller.Token);
        Assert.False(call.IsCompleted);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Patience));
        Assert.Equal(["500*"], bench.Transport.Discarded);
        Assert.Equal((0, 10.0), (bench.InFlight, bench.Budget));
    }

    [Fact]
    public async Task Caller_cancels_an_old_attempt_it_was_at_least_that_slow()
    {
        using var bench = new CallBench(1, new Script(static (_, _, token) => CallBench.HangAsync(token)));
        using var caller = new CancellationTokenSource();
        var call = bench.CallAsync(caller.Token);
        bench.Cluster.Time.Advance(5);

        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Patience));

        Assert.InRange(bench.Cluster[1].Load.PeakLatency, 4.99f * TimeSpan.TicksPerSecond, 5.01f * TimeSpan.TicksPerSecond);
    }

    [Fact]
    public async Task Attempt_times_out_it_counts_and_another_endpoint_is_tried()
    {
        using var bench = new CallBench(2, new Script(static (_, attempt, token) => attempt == 1 ? CallBench.HangAsync(token) : Task.FromResult("fine")));
        var call = bench.CallAsync();

        bench.Cluster.Time.Advance(9.9);
        Assert.False(call.IsCompleted);
        bench.Cluster.Time.Advance(0.2);

        Assert.Equal("fine", await call.WaitAsync(Patience));
        Assert.Equal(2, bench.Transport.Sent.Distinct().Count());
        Assert.Equal((1, 1), bench.Cluster[bench.Transport.Sent[0]].Health.Window.Read(bench.Cluster.Clock.Now));
        Assert.Equal(0, bench.InFlight);
    }

    [Fact]
    public async Task Call_time_is_up_the_reason_is_the_deadline_and_every_attempt_is_named()
    {
        using var bench = new CallBench(5, new Script(static (_, _, token) => CallBench.HangAsync(token)), static (_, timeouts) => timeouts.Call = TimeSpan.FromSeconds(15));
        var call = bench.CallAsync();
        bench.Cluster.Time.Advance(10.1);
        await EventuallyAsync(() => bench.Transport.Sent.Count == 2);
        bench.Cluster.Time.Advance(5);

        var error = await Assert.ThrowsAsync<CallFailedException>(() => call.WaitAsync(Patience));

        Assert.Equal((CallFailureReason.DeadlineExceeded, "orders"), (error.Reason, error.Cluster));
        Assert.Equal([Evidence.AttemptTimeout, Evidence.CallTimeout], error.Attempts.Select(attempt => attempt.Evidence));
        Assert.All(bench.Transport.Sent, port => Assert.Contains($"10.0.0.1:{port}", error.Message, StringComparison.Ordinal));
        Assert.Equal(0, bench.InFlight);

        // The second one was not given its full time: nobody is blamed for that.
        Assert.Equal((0, 0), bench.Cluster[bench.Transport.Sent[1]].Health.Window.Read(bench.Cluster.Clock.Now));
    }

    [Fact]
    public async Task Endpoint_stalls_its_attempts_are_given_up_and_made_elsewhere()
    {
        using var bench = new CallBench(3, new Script(static (endpoint, _, token) => endpoint.Port == 1 ? CallBench.HangAsync(token) : Task.FromResult("fine")),
            options: new ClusterOptions { Policy = "round_robin" });
        var calls = Enumerable.Range(0, 6).Select(_ => bench.CallAsync()).ToList();
        Assert.Equal(2, bench.Transport.Sent.Count(port => port == 1));

        for (var i = 0; i < 25; i++)
        {
            bench.Cluster.Answer(2, 3);
            bench.Cluster.Pass(0.1);
        }

        Assert.All(await Task.WhenAll(calls).WaitAsync(Patience), answer => Assert.Equal("fine", answer));
        Assert.Equal(Evidence.Stalled, bench.Cluster[1].Health.Status.Evidence);
        Assert.Equal(0, bench.InFlight);
    }

    [Fact]
    public async Task Endpoint_stalls_calls_that_are_not_repeatable_wait_for_their_own_time()
    {
        using var bench = new CallBench(3, new Script(static (endpoint, _, token) => endpoint.Port == 1 ? CallBench.HangAsync(token) : Task.FromResult("fine")),
            options: new ClusterOptions { Policy = "round_robin" });
        bench.Transport.Traits = CallTraits.Replayable;
        var calls = Enumerable.Range(0, 6).Select(_ => bench.CallAsync()).ToList();
        Assert.Equal(2, bench.Transport.Sent.Count(port => port == 1));

        for (var i = 0; i < 40; i++)
        {
            bench.Cluster.Answer(2, 3);
            bench.Cluster.Pass(0.1);
        }

        Assert.Equal((Evidence.Stalled, 2), (bench.Cluster[1].Health.Status.Evidence, calls.Count(call => !call.IsCompleted)));
        bench.Cluster.Pass(7);
        var errors = await Task.WhenAll(calls.Where(call => !call.IsCompletedSuccessfully).Select(call => Assert.ThrowsAsync<CallFailedException>(() => call.WaitAsync(Patience))));

        Assert.All(errors, error => Assert.Equal((CallFailureReason.NotRepeatable, Evidence.AttemptTimeout), (error.Reason, error.Attempts[0].Evidence)));
    }

    [Fact]
    public async Task Endpoint_stalls_a_stream_that_has_no_head_yet_goes_elsewhere_though_its_own_silence_says_nothing()
    {
        using var bench = new CallBench(3, new Script(static (endpoint, _, token) => endpoint.Port == 1 ? CallBench.HangAsync(token) : Task.FromResult("fine")),
            options: new ClusterOptions { Policy = "round_robin" });
        bench.Transport.Traits = CallTraits.RepeatableAndReplayable | CallTraits.OwnDeadline | CallTraits.Stream;
        var streams = Enumerable.Range(0, 6).Select(_ => bench.CallAsync()).ToList();
        Assert.Equal(2, bench.Transport.Sent.Count(port => port == 1));
        Pass(3);
        Assert.Equal((Evidence.None, 2), (bench.Cluster[1].Health.Status.Evidence, streams.Count(static call => !call.IsCompleted)));

        bench.Transport.Traits = CallTraits.RepeatableAndReplayable;
        var calls = Enumerable.Range(0, 6).Select(_ => bench.CallAsync()).ToList();
        Pass(4);

        Assert.All(await Task.WhenAll([.. streams, .. calls]).WaitAsync(Patience), static answer => Assert.Equal("fine", answer));

        void Pass(double seconds)
        {
            for (var i = 0; i < seconds * 10; i++)
            {
                bench.Cluster.Answer(2, 3);
                bench.Cluster.Pass(0.1);
            }
        }
    }

    [Fact]
    public async Task Probation_attempt_has_its_own_short_time_and_is_repeated_elsewhere()
    {
        using var bench = new CallBench(2, new Script(static (endpoint, _, token) => endpoint.Port == 1 ? CallBench.HangAsync(token) : Task.FromResult("fine")));
        bench.Cluster.Refuse(1);
        bench.Cluster.ProbesAnswer();
        bench.Cluster.Pass(1.2);

        var call = bench.CallAsync();
        Assert.Equal([1], bench.Transport.Sent);
        bench.Cluster.Time.Advance(1.1);

        Assert.Equal("fine", await call.WaitAsync(Patience));
        Assert.Equal((HealthState.Ejected, 2), (bench.Cluster[1].Health.Status.State, bench.Cluster[1].Health.Status.Ejections));
    }

    [Fact]
    public async Task Drain_is_over_a_call_that_may_be_repeated_is_made_elsewhere_and_nobody_is_blamed()
    {
        using var bench = Draining(static (endpoint, token) => endpoint == 1 ? CallBench.HangAsync(token) : Task.FromResult("fine"));
        var calls = Enumerable.Range(0, 10).Select(_ => bench.CallAsync()).ToList();
        Assert.Contains(1, bench.Transport.Sent);

        bench.Cluster.List(TestCluster.At(1) with { Weight = 0 }, TestCluster.At(2));
        bench.Cluster.Pass(11);

        Assert.All(await Task.WhenAll(calls).WaitAsync(Patience), static answer => Assert.Equal("fine", answer));
        Assert.Equal(0, bench.InFlight);
        Assert.Equal((0, HealthState.Healthy), (bench.Cluster[1].Health.ConsecutiveFailures, bench.Cluster[1].Health.Status.State));
    }

    [Fact]
    public async Task Drain_is_over_a_call_that_may_not_be_repeated_fails_and_says_why()
    {
        using var bench = Draining(static (_, token) => CallBench.HangAsync(token), CallTraits.Replayable);
        var call = bench.CallAsync();
        var port = Assert.Single(bench.Transport.Sent);

        bench.Cluster.Cluster.Drain("10.0.0.1:" + port, "a new disk");
        bench.Cluster.Pass(11);

        var error = await Assert.ThrowsAsync<CallFailedException>(() => call.WaitAsync(Patience));
        Assert.Equal(CallFailureReason.NotRepeatable, error.Reason);
        Assert.Equal(Evidence.Drained, Assert.Single(error.Attempts).Evidence);
        Assert.Contains("cut off: the endpoint drained for 10 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drain_is_over_only_what_was_in_flight_at_that_endpoint_is_cut_off()
    {
        using var bench = Draining(static (_, token) => CallBench.HangAsync(token));
        var calls = Enumerable.Range(0, 10).Select(_ => bench.CallAsync()).ToList();
        var there = bench.Cluster[2].Load.InFlight;
        Assert.InRange(there, 1, 9);

        bench.Cluster.List(TestCluster.At(1) with { Weight = 0 }, TestCluster.At(2));
        bench.Cluster.Pass(9.5);
        Assert.Equal(10 - there, bench.Cluster[1].Load.InFlight);
        bench.Cluster.Pass(1.5);

        await EventuallyAsync(() => bench.Cluster[2].Load.InFlight == 10);
        Assert.Equal(0, bench.Cluster[1].Load.InFlight);
        Assert.All(calls, static call => Assert.False(call.IsCompleted));
    }

    private static CallBench Draining(Func<int, CancellationToken, Task<string>> answer, CallTraits traits = CallTraits.RepeatableAndReplayable) => new(
        2,
        new Script((endpoint, _, token) => answer(endpoint.Port, token)) { Traits = traits },
        static (_, timeouts) =>
        {
            timeouts.Attempt = TimeSpan.FromMinutes(5);
            timeouts.Call = TimeSpan.FromMinutes(5);
        },
        new ClusterOptions { CancelOnDrainTimeout = true, Drain = TimeSpan.FromSeconds(10), Policy = "round_robin", OutlierDetection = { StallTime = TimeSpan.FromMinutes(4) } });

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, "It did not happen.");
            await Task.Yield();
        }
    }
}
