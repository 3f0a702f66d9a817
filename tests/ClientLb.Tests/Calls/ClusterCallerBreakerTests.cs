using ClientLb.Admission;
using ClientLb.Calls;
using ClientLb.Clusters;

namespace ClientLb.Tests.Calls;

public sealed class ClusterCallerBreakerTests
{
    private string _answer = "fine";
    private Func<CancellationToken, Task<string>>? _waiting;

    [Fact]
    public async Task Breaker_that_is_off_lets_everything_pass_and_has_no_say()
    {
        using var bench = Bench(new ClusterOptions(), maxAttempts: 1);
        await FailAsync(bench, 100);

        Assert.Equal((false, BreakerState.Closed, 100), (bench.Cluster.Cluster.Breaker.IsEnabled, bench.Cluster.Cluster.Breaker.State, bench.Transport.Sent.Count));
        var error = Assert.Throws<InvalidOperationException>(() => bench.Cluster.Cluster.Breaker.Isolate("test"));
        Assert.Contains("ClientLb:Clusters:orders:Breaker:Enabled", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, 9, BreakerState.Closed)]
    [InlineData(10, 10, BreakerState.Open)]
    [InlineData(0, 19, BreakerState.Closed)]
    [InlineData(0, 20, BreakerState.Open)]
    [InlineData(30, 20, BreakerState.Closed)]
    public async Task Opens_by_the_share_of_enough_calls(int good, int bad, BreakerState state)
    {
        using var bench = Bench();
        await CallAsync(bench, good);
        await FailAsync(bench, bad);

        Assert.Equal(state, bench.Cluster.Cluster.Breaker.State);
    }

    [Fact]
    public async Task Calls_of_long_ago_do_not_count()
    {
        using var bench = Bench();
        await FailAsync(bench, 15);
        bench.Cluster.Time.Advance(TimeSpan.FromSeconds(11));
        await FailAsync(bench, 15);

        Assert.Equal(BreakerState.Closed, bench.Cluster.Cluster.Breaker.State);
    }

    [Fact]
    public async Task Open_it_refuses_at_once_with_the_time_and_counts_against_nobody()
    {
        using var bench = Bench();
        await FailAsync(bench, 20);
        bench.Cluster.Time.Advance(TimeSpan.FromSeconds(1.5));

        var error = await bench.FailAsync();

        Assert.Equal(CallFailureReason.BreakerOpen, error.Reason);
        Assert.Empty(error.Attempts);
        Assert.Equal(
            "Cluster 'orders' refused the call: its breaker is open for another 3.5 s. It opens when too many calls fail (ClientLb:Clusters:orders:Breaker).", error.Message);
        Assert.Equal((20, 0), (bench.Transport.Sent.Count, bench.InFlight));
        Assert.Equal(1, Logged(bench, 330));
    }

    [Fact]
    public async Task Trial_that_succeeds_closes_it_and_others_wait_for_no_one()
    {
        using var bench = Bench();
        await FailAsync(bench, 20);
        bench.Cluster.Time.Advance(TimeSpan.FromSeconds(5.1));
        var answer = new TaskCompletionSource<string>();
        _waiting = _ => answer.Task;

        var trial = bench.CallAsync();
        var refused = await bench.FailAsync();
        Assert.Contains("half-open", refused.Message, StringComparison.Ordinal);
        Assert.Equal((BreakerState.HalfOpen, 21), (bench.Cluster.Cluster.Breaker.State, bench.Transport.Sent.Count));
        answer.SetResult("fine");

        Assert.Equal("fine", await trial);
        Assert.Equal(BreakerState.Closed, bench.Cluster.Cluster.Breaker.State);
        _waiting = null;
        await CallAsync(bench, 5);
        Assert.Equal((1, 1, 1), (Logged(bench, 330), Logged(bench, 331), Logged(bench, 332)));
    }

    [Fact]
    public async Task Trial_that_fails_opens_it_again_for_the_same_time()
    {
        using var bench = Bench();
        await FailAsync(bench, 20);
        bench.Cluster.Time.Advance(TimeSpan.FromSeconds(5.1));
        await FailAsync(bench, 1);

        Assert.Equal((BreakerState.Open, TimeSpan.FromSeconds(5)), (bench.Cluster.Cluster.Breaker.State, bench.Cluster.Cluster.Breaker.OpenFor));
        Assert.Equal(CallFailureReason.BreakerOpen, (await bench.FailAsync()).Reason);
        Assert.Equal(2, Logged(bench, 330));
    }

    [Fact]
    public async Task Trial_that_its_caller_cancels_says_nothing_and_leaves_it_open()
    {
        using var bench = Bench();
        await FailAsync(bench, 20);
        bench.Cluster.Time.Advance(TimeSpan.FromSeconds(5.1));
        using var caller = new CancellationTokenSource();
        _waiting = CallBench.HangAsync;
        var trial = bench.CallAsync(caller.Token);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => trial);
        Assert.Equal(BreakerState.Open, bench.Cluster.Cluster.Breaker.State);
        Assert.Equal(0, bench.InFlight);
    }

    [Fact]
    public async Task Trial_that_does_not_end_is_joined_by_another_after_the_longest_time_of_a_call()
    {
        using var bench = Bench();
        bench.Transport.Traits |= CallTraits.OwnDeadline | CallTraits.Stream;
        await FailAsync(bench, 20);
        bench.Cluster.Time.Advance(TimeSpan.FromSeconds(5.1));
        var answers = Trials();
        var trial = bench.CallAsync();

        bench.Cluster.Time.Advance(TimeSpan.FromSeconds(29.9));
        Assert.Equal(CallFailureReason.BreakerOpen, (await bench.FailAsync()).Reason);
        bench.Cluster.Time.Advance(TimeSpan.FromSeconds(0.2));
        var second = bench.CallAsync();
        Assert.Equal(CallFailureReason.BreakerOpen, (await bench.FailAsync()).Reason);
        Assert.Equal(2, answers.Count);
        answers[1].SetResult("fine");

        Assert.Equal("fine", await second);
        Assert.Equal(BreakerState.Closed, bench.Cluster.Cluster.Breaker.State);
        answers[0].SetResult("500");
        Assert.Equal("500", await trial);
        Assert.Equal((BreakerState.Closed, 0), (bench.Cluster.Cluster.Breaker.State, bench.InFlight));
    }

    [Theory]
    [InlineData(0, "fine", BreakerState.Closed)]
    [InlineData(0, "500", BreakerState.HalfOpen)]
    [InlineData(1, "500", BreakerState.Open)]
    public async Task Of_two_trials_any_success_closes_it_and_only_the_latters_failure_opens_it(int ended, string answer, BreakerState state)
    {
        using var bench = Bench(new ClusterOptions { Breaker = { Enabled = true, BreakDuration = TimeSpan.FromMinutes(1) }, OutlierDetection = { Enabled = false } });
        bench.Transport.Traits |= CallTraits.OwnDeadline | CallTraits.Stream;
        await FailAsync(bench, 20);
        bench.Cluster.Time.Advance(TimeSpan.FromSeconds(60.1));
        var answers = Trials();
        var trials = new List<Task<string>> { bench.CallAsync() };
        bench.Cluster.Time.Advance(TimeSpan.FromSeconds(59.9));
        Assert.Equal(CallFailureReason.BreakerOpen, (await bench.FailAsync()).Reason);
        bench.Cluster.Time.Advance(TimeSpan.FromSeconds(0.2));
        trials.Add(bench.CallAsync());

        answers[ended].SetResult(answer);

        Assert.Equal(answer, await trials[ended]);
        Assert.Equal(state, bench.Cluster.Cluster.Breaker.State);
        answers[1 - ended].SetResult("500");
        Assert.Equal("500", await trials[1 - ended]);
        Assert.Equal(state == BreakerState.HalfOpen ? BreakerState.Open : state, bench.Cluster.Cluster.Breaker.State);
    }

    [Fact]
    public async Task Synchronous_trial_ends_too()
    {
        using var bench = Bench();
        await FailAsync(bench, 20);
        bench.Cluster.Time.Advance(TimeSpan.FromSeconds(5.1));
        _answer = "fine";

        Assert.Equal("fine", bench.Call());
        Assert.Equal(BreakerState.Closed, bench.Cluster.Cluster.Breaker.State);
    }

    [Fact]
    public async Task What_a_retry_makes_good_is_a_success()
    {
        using var bench = Bench(maxAttempts: 2);
        var calls = 0;
        _waiting = _ => Task.FromResult(calls++ % 2 == 0 ? "500" : "fine");
        await CallAsync(bench, 100);

        Assert.Equal((BreakerState.Closed, 200), (bench.Cluster.Cluster.Breaker.State, bench.Transport.Sent.Count));
    }

    [Fact]
    public async Task Calls_that_were_refused_or_cancelled_do_not_count()
    {
        var options = On();
        options.Limits.EndpointInFlight = 1;
        using var bench = Bench(options, endpoints: 1);
        _waiting = CallBench.HangAsync;
        for (var i = 0; i < 30; i++)
        {
            using var caller = new CancellationTokenSource();
            var call = bench.CallAsync(caller.Token);
            Assert.Equal(CallFailureReason.AllAtLimit, (await bench.FailAsync()).Reason);
            await caller.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }

        using var empty = Bench(endpoints: 0);
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(CallFailureReason.NoEndpoints, (await empty.FailAsync()).Reason);
        }

        Assert.Equal((BreakerState.Closed, BreakerState.Closed), (bench.Cluster.Cluster.Breaker.State, empty.Cluster.Cluster.Breaker.State));
    }

    [Fact]
    public async Task Call_without_an_answer_counts_as_one_failure()
    {
        using var bench = Bench(maxAttempts: 3);
        _waiting = _ => Task.FromException<string>(new IOException("gone"));
        for (var i = 0; i < 19; i++)
        {
            Assert.Equal(CallFailureReason.AttemptsFailed, (await bench.FailAsync()).Reason);
        }

        Assert.Equal((BreakerState.Closed, 57), (bench.Cluster.Cluster.Breaker.State, bench.Transport.Sent.Count));
        await bench.FailAsync();
        Assert.Equal(BreakerState.Open, bench.Cluster.Cluster.Breaker.State);
    }

    [Fact]
    public async Task Hedged_calls_count_as_successes_too()
    {
        using var bench = Bench(hedging: new HedgingOptions { Delay = TimeSpan.FromSeconds(1) });
        await CallAsync(bench, 30);
        await FailAsync(bench, 20);
        Assert.Equal(BreakerState.Closed, bench.Cluster.Cluster.Breaker.State);

        await FailAsync(bench, 10);
        Assert.Equal(BreakerState.Open, bench.Cluster.Cluster.Breaker.State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Trial_that_is_redirected_within_the_cluster_is_followed_when_it_has_closed_the_breaker(bool isHedged)
    {
        using var bench = Bench(hedging: isHedged ? new HedgingOptions { Delay = TimeSpan.FromSeconds(1) } : null);
        bench.Transport.Follows = answer => answer == "302" ? bench.CallAsync() : null;
        await FailAsync(bench, 20);
        bench.Cluster.Time.Advance(TimeSpan.FromSeconds(5.1));
        var answers = new Queue<string>(["302", "fine"]);
        _waiting = _ => Task.FromResult(answers.Dequeue());

        Assert.Equal("fine", await bench.CallAsync());

        Assert.Equal(BreakerState.Closed, bench.Cluster.Cluster.Breaker.State);
        Assert.Equal((22, 0), (bench.Transport.Sent.Count, bench.InFlight));
    }

    [Fact]
    public async Task Call_that_began_before_it_opened_has_no_say_after()
    {
        using var bench = Bench();
        var answer = new TaskCompletionSource<string>();
        _waiting = _ => answer.Task;
        var early = bench.CallAsync();
        _waiting = null;
        await FailAsync(bench, 20);
        bench.Cluster.Time.Advance(TimeSpan.FromSeconds(6));
        answer.SetResult("fine");
        await early;

        Assert.Equal(BreakerState.Open, bench.Cluster.Cluster.Breaker.State);
    }

    [Fact]
    public async Task Isolated_by_order_it_refuses_until_it_is_closed_by_order()
    {
        using var bench = Bench();
        var breaker = bench.Cluster.Cluster.Breaker;
        breaker.Isolate("the database moves");
        bench.Cluster.Time.Advance(TimeSpan.FromMinutes(10));

        var error = await bench.FailAsync();

        Assert.Equal((CallFailureReason.BreakerOpen, BreakerState.Isolated), (error.Reason, breaker.State));
        Assert.Contains("by order (the database moves)", error.Message, StringComparison.Ordinal);
        Assert.Empty(bench.Transport.Sent);
        breaker.Close("it has moved");
        await CallAsync(bench, 1);
        Assert.Equal((1, 1), (Logged(bench, 332), Logged(bench, 333)));
    }

    [Fact]
    public async Task Changed_numbers_begin_anew_but_an_isolation_stays_and_off_is_off()
    {
        using var bench = Bench();
        var breaker = bench.Cluster.Cluster.Breaker;
        await FailAsync(bench, 19);
        breaker.Configure(On().Breaker);
        await FailAsync(bench, 1);
        Assert.Equal(BreakerState.Open, breaker.State);

        breaker.Configure(new BreakerOptions { Enabled = true, FailureRatio = 0.9 });
        Assert.Equal(BreakerState.Closed, breaker.State);
        breaker.Isolate("test");
        breaker.Configure(new BreakerOptions { Enabled = true, FailureRatio = 0.8 });
        Assert.Equal(BreakerState.Isolated, breaker.State);
        breaker.Configure(new BreakerOptions());
        Assert.Equal((BreakerState.Closed, false), (breaker.State, breaker.IsEnabled));
        await CallAsync(bench, 1);
    }

    [Fact]
    public void Counting_allocates_nothing()
    {
        using var bench = Bench();
        var breaker = bench.Cluster.Cluster.Breaker;
        for (var i = 0; i < 1000; i++)
        {
            breaker.Count(isSuccess: true);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            breaker.Count(isSuccess: true);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static ClusterOptions On() => new() { Breaker = { Enabled = true }, OutlierDetection = { Enabled = false }, RetryBudget = { MinTokens = 1000 } };

    /// <summary>From now on every call waits for its answer.</summary>
    private List<TaskCompletionSource<string>> Trials()
    {
        var answers = new List<TaskCompletionSource<string>>();
        _waiting = _ =>
        {
            answers.Add(new TaskCompletionSource<string>());
            return answers[^1].Task;
        };
        return answers;
    }

    private static int Logged(CallBench bench, int id) => bench.Cluster.Log.Count(id);

    private async Task CallAsync(CallBench bench, int times)
    {
        _answer = "fine";
        for (var i = 0; i < times; i++)
        {
            Assert.Equal("fine", await bench.CallAsync());
        }
    }

    private async Task FailAsync(CallBench bench, int times)
    {
        _answer = "500";
        for (var i = 0; i < times; i++)
        {
            Assert.Equal("500", await bench.CallAsync());
        }
    }

    private CallBench Bench(ClusterOptions? options = null, int maxAttempts = 1, int endpoints = 3, HedgingOptions? hedging = null) => new(
        endpoints, new Script((_, _, token) => _waiting is { } waiting ? waiting(token) : Task.FromResult(_answer)), (retry, _) => retry.MaxAttempts = maxAttempts, options ?? On(), hedging);
}
