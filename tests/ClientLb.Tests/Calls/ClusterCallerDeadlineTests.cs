using ClientLb.Admission;
using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Calls;

/// <summary>Calls that somebody has given a deadline, and attempts that could not finish.</summary>
public sealed class ClusterCallerDeadlineTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Call_without_a_deadline_tells_nothing()
    {
        using var bench = new CallBench(2, new Script((_, attempt, _) => Task.FromResult(attempt == 1 ? "500" : "fine")));

        await bench.CallAsync();

        Assert.Equal([0, 0], bench.Transport.Told);
    }

    [Fact]
    public async Task Attempts_tell_the_least_of_their_limit_and_of_what_is_left()
    {
        CallBench bench = null!;
        bench = new CallBench(3, new Script((_, attempt, _) =>
        {
            bench.Cluster.Time.Advance(4);
            return Task.FromResult(attempt < 3 ? "500" : "fine");
        }));
        using var owned = bench;
        bench.Transport.Limit = Seconds(15);

        Assert.Equal("fine", await bench.CallAsync());

        Assert.Equal([Seconds(10), Seconds(10), Seconds(7)], bench.Transport.Told);
    }

    [Fact]
    public async Task Deadline_never_raises_the_limit_of_the_client()
    {
        using var bench = new CallBench(1, new Script((_, _, token) => CallBench.HangAsync(token)), static (retry, timeouts) =>
        {
            retry.MaxAttempts = 1;
            timeouts.Call = timeouts.Attempt = TimeSpan.FromSeconds(3);
        });
        bench.Transport.Limit = Seconds(60);

        var call = bench.CallAsync();
        Assert.Equal([Seconds(3)], bench.Transport.Told);
        bench.Cluster.Time.Advance(3.1);

        await Assert.ThrowsAsync<CallFailedException>(() => call.WaitAsync(Patience));
    }

    [Fact]
    public async Task Deadline_ends_the_call_and_blames_nobody()
    {
        using var bench = new CallBench(2, new Script((_, _, token) => CallBench.HangAsync(token)));
        bench.Transport.Limit = Seconds(0.5);

        var call = bench.CallAsync();
        bench.Cluster.Time.Advance(0.6);

        var error = await Assert.ThrowsAsync<CallFailedException>(() => call.WaitAsync(Patience));
        Assert.Equal(CallFailureReason.DeadlineExceeded, error.Reason);
        Assert.Equal(Evidence.CallTimeout, Assert.Single(error.Attempts).Evidence);
        Assert.Equal((10.0, 0), (bench.Budget, bench.InFlight));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.0009)]
    public async Task First_attempt_that_could_not_finish_is_not_made(double left)
    {
        using var bench = new CallBench(2, new Script(static _ => "fine"));
        bench.Transport.Limit = Seconds(left);

        var error = await bench.FailAsync();

        Assert.Equal(CallFailureReason.DeadlineExceeded, error.Reason);
        Assert.Empty(error.Attempts);
        Assert.Contains($"{left * 1000:0.###} ms are left until its deadline, and hardly any answer comes within 1 ms", error.Message, StringComparison.Ordinal);
        Assert.Empty(bench.Transport.Sent);
        Assert.Equal((10.0, 0, 1), (bench.Budget, bench.InFlight, bench.Transport.Finished));
    }

    [Fact]
    public async Task First_attempt_is_held_to_what_answers_take_only_where_the_call_has_a_deadline_of_its_own()
    {
        using var bench = new CallBench(2, new Script(static _ => "fine"), static (_, timeouts) => timeouts.Connect = timeouts.Attempt = timeouts.Call = TimeSpan.FromMilliseconds(50));
        Slow(bench);

        Assert.Equal("fine", await bench.CallAsync());
        bench.Transport.Limit = Seconds(0.05);
        Assert.Equal(CallFailureReason.DeadlineExceeded, (await bench.FailAsync()).Reason);
        bench.Transport.Limit = Seconds(0.2);
        bench.Cluster.Time.Advance(1);
        Assert.Equal(CallFailureReason.DeadlineExceeded, (await bench.FailAsync()).Reason);
        Assert.Single(bench.Transport.Sent);
    }

    [Fact]
    public async Task Call_whose_time_went_by_in_the_queue_is_not_made()
    {
        var answer = new TaskCompletionSource<string>();
        using var bench = new CallBench(
            1, new Script((_, _, _) => answer.Task), options: new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 1, QueueTimeout = TimeSpan.FromSeconds(20) } });
        var running = bench.CallAsync();
        Slow(bench);
        bench.Transport.Limit = Seconds(0.5);
        var waiting = bench.CallAsync();

        bench.Cluster.Time.Advance(0.45);
        answer.SetResult("fine");

        Assert.Equal("fine", await running.WaitAsync(Patience));
        var error = await Assert.ThrowsAsync<CallFailedException>(() => waiting.WaitAsync(Patience));
        Assert.Equal(CallFailureReason.DeadlineExceeded, error.Reason);
        Assert.Single(bench.Transport.Sent);
        Assert.Equal((0, 2), (bench.InFlight, bench.Transport.Finished));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_without_a_deadline_whose_own_time_went_by_before_its_first_attempt_is_not_made(bool isInQueue)
    {
        var (answer, body) = (new TaskCompletionSource<string>(), new TaskCompletionSource());
        using var bench = new CallBench(
            1, new Script((_, _, _) => answer.Task), static (_, timeouts) => timeouts.Attempt = timeouts.Call = TimeSpan.FromSeconds(0.5),
            new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 1, QueueTimeout = TimeSpan.FromSeconds(20) } });
        Slow(bench);
        var running = isInQueue ? bench.CallAsync() : Task.FromResult("fine");
        bench.Transport.Prepares = !isInQueue;
        bench.Transport.Preparing = _ => body.Task;
        var waiting = bench.CallAsync();

        bench.Cluster.Time.Advance(0.45);
        answer.SetResult("fine");
        body.SetResult();

        Assert.Equal("fine", await running.WaitAsync(Patience));
        var error = await Assert.ThrowsAsync<CallFailedException>(() => waiting.WaitAsync(Patience));
        Assert.Equal((CallFailureReason.DeadlineExceeded, 0), (error.Reason, error.Attempts.Count));
        Assert.Equal((isInQueue ? 1 : 0, 0, isInQueue ? 2 : 1), (bench.Transport.Sent.Count, bench.InFlight, bench.Transport.Finished));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_whose_client_has_less_time_than_answers_take_is_tried_after_a_wait_too(bool isInQueue)
    {
        var (answer, body) = (new TaskCompletionSource<string>(), new TaskCompletionSource());
        using var bench = new CallBench(
            1, new Script((_, _, _) => answer.Task), static (_, timeouts) => timeouts.Connect = timeouts.Attempt = timeouts.Call = TimeSpan.FromSeconds(0.2),
            new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 1, QueueTimeout = TimeSpan.FromSeconds(20) } });
        Slow(bench);
        var running = isInQueue ? bench.CallAsync() : Task.FromResult("fine");
        bench.Transport.Prepares = !isInQueue;
        bench.Transport.Preparing = _ => body.Task;
        var waiting = bench.CallAsync();

        bench.Cluster.Time.Advance(0.05);
        answer.SetResult("fine");
        body.SetResult();

        Assert.Equal(("fine", "fine"), (await running.WaitAsync(Patience), await waiting.WaitAsync(Patience)));
    }

    [Fact]
    public async Task Call_whose_time_went_by_in_the_queue_leaves_the_slot_of_a_probation_to_the_next()
    {
        using var bench = new CallBench(
            2, new Script(static _ => "fine"), options: new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 1, QueueTimeout = TimeSpan.FromSeconds(20) } });
        Slow(bench);
        var machine = bench.Cluster.Cluster.Judge.Machine;
        machine.EjectHard(bench.Cluster[1], Evidence.Stalled, bench.Cluster.Clock.Now, "silent");
        Assert.True(bench.Cluster[2].Load.TryAcquire(bench.Cluster.Clock.Now, LeaseRule.Normal));
        bench.Cluster.Pass(0.2);
        bench.Transport.Limit = Seconds(0.5);
        var waiting = bench.CallAsync();
        Assert.Equal(1, bench.Cluster.Cluster.Gate.Waiting);

        bench.Cluster.Time.Advance(0.45);
        machine.OnSignOfLife(bench.Cluster[1], "test");
        bench.Cluster.Cluster.Loop.Step();

        Assert.Equal(CallFailureReason.DeadlineExceeded, (await Assert.ThrowsAsync<CallFailedException>(() => waiting.WaitAsync(Patience))).Reason);
        Assert.Equal((HealthState.Probation, 0), (bench.Cluster[1].Health.Status.State, bench.Cluster[1].Load.InFlight));
        Assert.True(bench.Cluster[1].Health.TryTakeProbation(bench.Cluster.Clock.Now, bench.Cluster.Clock.Now + 1));
    }

    [Fact]
    public async Task Further_attempt_that_could_not_finish_is_not_made_and_costs_no_token()
    {
        CallBench bench = null!;
        bench = new CallBench(2, new Script(_ =>
        {
            bench.Cluster.Time.Advance(0.45);
            return "500";
        }));
        using var owned = bench;
        Slow(bench);
        bench.Transport.Limit = Seconds(0.5);

        Assert.Equal("500", await bench.CallAsync());

        Assert.Single(bench.Transport.Sent);
        Assert.Equal(10, bench.Budget);
    }

    [Fact]
    public async Task Attempt_that_was_never_sent_is_not_repeated_without_time_and_the_error_says_why()
    {
        CallBench bench = null!;
        bench = new CallBench(2, new Script((_, _, _) =>
        {
            bench.Cluster.Time.Advance(0.45);
            throw new HttpRequestException("refused");
        }));
        using var owned = bench;
        Slow(bench);
        bench.Transport.Limit = Seconds(0.5);

        Assert.Equal(CallFailureReason.DeadlineExceeded, (await bench.FailAsync()).Reason);

        Assert.Single(bench.Transport.Sent);
    }

    [Fact]
    public async Task Retry_whose_wait_took_too_long_is_not_made_and_its_token_goes_back()
    {
        using var bench = new CallBench(2, new Script(static _ => "500"), static (retry, _) => retry.BaseDelay = retry.MaxDelay = TimeSpan.FromMilliseconds(200));
        bench.Transport.Limit = Seconds(0.5);
        var call = bench.CallAsync();
        Assert.Equal(9, bench.Budget);

        // The timer fires late, as on a machine without a free thread.
        bench.Cluster.Time.Jump(0.4995);
        bench.Cluster.Time.Advance(0.0001);

        Assert.Equal("500", await call.WaitAsync(Patience));
        Assert.Single(bench.Transport.Sent);
        Assert.Equal(10, bench.Budget);
    }

    [Theory]
    [InlineData(0.5, 0.497, "CallTimeout")]
    [InlineData(20, 9.997, "AttemptTimeout")]
    public async Task Server_that_gives_up_when_it_was_told_to_is_our_own_clock(double limit, double answeredAt, string evidence)
    {
        var answer = new TaskCompletionSource<string>();
        using var bench = new CallBench(2, new Script((_, _, _) => answer.Task), static (retry, _) => retry.MaxAttempts = 1);
        bench.Transport.Limit = Seconds(limit);
        var call = bench.CallAsync();

        bench.Cluster.Time.Advance(answeredAt);
        answer.SetResult("504");

        var error = await Assert.ThrowsAsync<CallFailedException>(() => call.WaitAsync(Patience));
        Assert.Equal(evidence, Assert.Single(error.Attempts).Evidence.ToString());
        Assert.Equal(["504"], bench.Transport.Discarded);
        Assert.Equal(0, bench.InFlight);
    }

    [Theory]
    [InlineData(0.5, 0.3)]
    [InlineData(-1, 9.999)]
    public async Task Server_that_gives_up_of_itself_has_failed(double limit, double answeredAt)
    {
        var answer = new TaskCompletionSource<string>();
        using var bench = new CallBench(2, new Script((_, _, _) => answer.Task), static (retry, _) => retry.MaxAttempts = 1);
        bench.Transport.Limit = limit < 0 ? long.MaxValue : Seconds(limit);
        var call = bench.CallAsync();

        bench.Cluster.Time.Advance(answeredAt);
        answer.SetResult("504");

        Assert.Equal("504", await call.WaitAsync(Patience));
    }

    [Fact]
    public async Task Hedges_tell_what_is_left()
    {
        using var bench = new HedgeBench(3);
        bench.Transport.Limit = Seconds(1);
        var call = bench.Calls.CallAsync();

        bench.Pass(100);
        bench.Answer(2, "fine");

        Assert.Equal("fine", await call.WaitAsync(Patience));
        Assert.Equal([Seconds(1), Seconds(0.9)], bench.Transport.Told);
    }

    [Fact]
    public async Task Hedge_that_could_not_finish_is_not_made_and_costs_no_token()
    {
        using var bench = new HedgeBench(3);
        Slow(bench.Calls);
        bench.Transport.Limit = Seconds(0.35);
        var call = bench.Calls.CallAsync();

        bench.Pass(100);

        Assert.Equal((1, 10.0), (bench.Attempts.Count, bench.Calls.Budget));
        bench.Answer(1, "fine");
        Assert.Equal("fine", await call.WaitAsync(Patience));
    }

    private static long Seconds(double seconds) => TimeSpan.FromSeconds(seconds).Ticks;

    /// <summary>Nobody answers within a quarter of a second.</summary>
    private static void Slow(CallBench bench)
    {
        foreach (var endpoint in bench.Cluster.Snapshot.Endpoints)
        {
            for (var i = 0; i < 30; i++)
            {
                endpoint.Latencies.Add(Seconds(0.33));
            }
        }
    }
}
