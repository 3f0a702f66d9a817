using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Calls;

/// <summary>Calls of which a second attempt is made because the first takes long.</summary>
public class HedgedCallTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task First_answers_in_time_nothing_else_is_sent()
    {
        using var bench = new HedgeBench(3);
        var call = bench.Calls.CallAsync();
        bench.Pass(99);

        bench.Answer(1, "fine");

        Assert.Equal("fine", await call.WaitAsync(Patience));
        bench.Pass(1000);
        Assert.Equal(1, bench.Attempts.Count);
        Assert.Equal(["request 1"], bench.Transport.Copies);
        await bench.SettledAsync(10);
    }

    [Fact]
    public async Task First_is_slow_the_second_wins_elsewhere_for_a_token_and_the_first_is_cancelled()
    {
        using var bench = new HedgeBench(3);
        var call = bench.Calls.CallAsync();
        bench.Pass(100);
        Assert.Equal((2, 9.0), (bench.Attempts.Count, bench.Calls.Budget));
        Assert.NotSame(bench.Attempts.EndpointOf(1), bench.Attempts.EndpointOf(2));
        bench.Pass(20);

        bench.Answer(2, "fine");

        Assert.Equal("fine", await call.WaitAsync(Patience));
        await HedgeBench.EventuallyAsync(() => bench.Attempts[1].Task.IsCanceled);
        await bench.SettledAsync(9.2);
        Assert.Equal(["request 1", "request 2"], bench.Transport.Copies);
        Assert.Equal(["won"], bench.Hedges);
    }

    [Fact]
    public async Task Loser_was_at_least_that_slow_and_is_not_blamed()
    {
        using var bench = new HedgeBench(2);
        var call = bench.Calls.CallAsync();
        bench.Pass(100);
        bench.Pass(20);
        var (slow, quick) = (bench.Attempts.EndpointOf(1), bench.Attempts.EndpointOf(2));

        bench.Answer(2, "fine");
        await call.WaitAsync(Patience);
        await bench.SettledAsync(9.2);

        Assert.Equal(120f * TimeSpan.TicksPerMillisecond, slow.Load.PeakLatency);
        Assert.Equal((0, 0), slow.Health.Window.Read(bench.Calls.Cluster.Clock.Now));
        Assert.Equal(0, slow.Health.ConsecutiveFailures);
        Assert.Equal((0L, 1L), (slow.Load.Successes, quick.Load.Successes));
    }

    [Fact]
    public async Task First_answers_after_all_the_hedge_is_cancelled_and_its_short_time_says_nothing()
    {
        using var bench = new HedgeBench(2);
        var call = bench.Calls.CallAsync();
        bench.Pass(100);
        bench.Pass(20);

        bench.Answer(1, "fine*");

        Assert.Equal("fine*", await call.WaitAsync(Patience));
        await HedgeBench.EventuallyAsync(() => bench.Attempts[2].Task.IsCanceled && bench.Calls.InFlight == 1);
        bench.Transport.CloseBody();
        await bench.SettledAsync(9.2);
        Assert.Equal(0, bench.Attempts.EndpointOf(2).Load.PeakLatency);
        Assert.Empty(bench.Transport.Discarded);
        Assert.Equal(["lost"], bench.Hedges);
    }

    [Theory]
    [InlineData("late*")]
    [InlineData("500*")]
    [InlineData("500")]
    public async Task Loser_answers_all_the_same_its_answer_is_discarded_once(string answer)
    {
        using var bench = new HedgeBench(2);
        bench.Attempts.Deaf = 1;
        var call = bench.Calls.CallAsync();
        bench.Pass(100);
        bench.Answer(2, "fine");
        Assert.Equal("fine", await call.WaitAsync(Patience));
        Assert.Equal(1, bench.Calls.InFlight);

        bench.Answer(1, answer);

        await HedgeBench.EventuallyAsync(() => bench.Transport.Discarded.Count == 1);
        Assert.Equal([answer], bench.Transport.Discarded);
        await HedgeBench.EventuallyAsync(() => bench.Calls.InFlight == 0);
        Assert.Equal((0, 0), (bench.Attempts.EndpointOf(1).Health.ConsecutiveFailures, bench.Attempts.EndpointOf(1).Health.Window.Read(bench.Calls.Cluster.Clock.Now).Failures));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task One_fails_the_other_is_awaited_and_wins(int failing)
    {
        using var bench = new HedgeBench(2);
        var call = bench.Calls.CallAsync();
        bench.Pass(100);

        bench.Answer(failing, "500*");
        Assert.False(call.IsCompleted);
        bench.Answer(3 - failing, "fine");

        Assert.Equal("fine", await call.WaitAsync(Patience));
        Assert.Equal(["500*"], bench.Transport.Discarded);
        await bench.SettledAsync(9.2);
        Assert.Equal([failing == 2 ? "failed" : "won"], bench.Hedges);
        Assert.Equal((1, 1), bench.Attempts.EndpointOf(failing).Health.Window.Read(bench.Calls.Cluster.Clock.Now));
    }

    [Fact]
    public async Task First_fails_before_the_delay_the_second_is_made_at_once_without_back_off()
    {
        using var bench = new HedgeBench(3, others: static (retry, _) => retry.BaseDelay = retry.MaxDelay = TimeSpan.FromSeconds(5));
        var call = bench.Calls.CallAsync();

        bench.Answer(1, "500");

        Assert.Equal((2, 9.0), (bench.Attempts.Count, bench.Calls.Budget));
        bench.Answer(2, "fine");
        Assert.Equal("fine", await call.WaitAsync(Patience));
        await bench.SettledAsync(9.2);
    }

    [Fact]
    public async Task All_fail_the_retry_goes_on_by_its_rules_and_the_attempts_count_together()
    {
        using var bench = new HedgeBench(5, others: static (retry, _) => retry.BaseDelay = retry.MaxDelay = TimeSpan.FromMilliseconds(50));
        var call = bench.Calls.CallAsync();
        bench.Pass(100);

        bench.Answer(1, "500 1*");
        bench.Answer(2, "500 2*");
        Assert.False(call.IsCompleted);
        bench.Pass(51);
        Assert.Equal(3, bench.Attempts.Count);
        bench.Answer(3, "500 3*");

        Assert.Equal("500 3*", await call.WaitAsync(Patience));
        Assert.Equal(["500 1*", "500 2*"], bench.Transport.Discarded);
        Assert.Equal(3, bench.Transport.Sent.Distinct().Count());
        bench.Transport.CloseBody();
        await bench.SettledAsync(8);
    }

    [Fact]
    public async Task All_fail_without_an_answer_the_error_names_every_attempt()
    {
        using var bench = new HedgeBench(5, others: static (retry, _) => retry.MaxAttempts = 2);
        var call = bench.Calls.CallAsync();
        bench.Pass(100);

        bench.Throw(2, new IOException("second"));
        bench.Throw(1, new IOException("first"));

        var error = await Assert.ThrowsAsync<CallFailedException>(() => call.WaitAsync(Patience));
        Assert.Equal((CallFailureReason.AttemptsFailed, 2), (error.Reason, error.Attempts.Count));
        Assert.Equal(["second", "first"], error.Attempts.Select(static attempt => attempt.Detail));
        await bench.SettledAsync(9);
    }

    [Fact]
    public async Task Budget_is_spent_nothing_is_hedged_and_the_first_is_awaited()
    {
        using var bench = new HedgeBench(3);
        bench.Calls.LeaveTokens(0);
        var call = bench.Calls.CallAsync();
        bench.Pass(2000);

        Assert.Equal(1, bench.Attempts.Count);
        Assert.Contains("budget is spent", bench.Calls.Cluster.Log.TextOf(311), StringComparison.Ordinal);
        bench.Answer(1, "fine");
        Assert.Equal("fine", await call.WaitAsync(Patience));
        await bench.SettledAsync(0.2);
        Assert.Equal(["not_sent"], bench.Hedges);
    }

    [Fact]
    public async Task No_other_endpoint_nothing_is_hedged()
    {
        using var bench = new HedgeBench(1);
        var call = bench.Calls.CallAsync();
        bench.Pass(2000);

        Assert.Equal((1, 10.0), (bench.Attempts.Count, bench.Calls.Budget));
        bench.Answer(1, "fine");
        Assert.Equal("fine", await call.WaitAsync(Patience));
        await bench.SettledAsync(10);
    }

    [Fact]
    public async Task Hedge_reaches_nobody_another_takes_its_place_and_its_token()
    {
        using var bench = new HedgeBench(3);
        var call = bench.Calls.CallAsync();
        bench.Pass(100);

        bench.Throw(2, new HttpRequestException("refused"));
        Assert.Equal((3, 9.0), (bench.Attempts.Count, bench.Calls.Budget));
        bench.Answer(3, "fine");

        Assert.Equal("fine", await call.WaitAsync(Patience));
        Assert.Equal(3, bench.Transport.Sent.Distinct().Count());
        await bench.SettledAsync(9.2);
    }

    [Fact]
    public async Task Hedge_reaches_nobody_and_nobody_is_left_its_token_goes_back()
    {
        using var bench = new HedgeBench(2);
        var call = bench.Calls.CallAsync();
        bench.Pass(100);

        bench.Throw(2, new HttpRequestException("refused"));
        Assert.Equal((2, 10.0), (bench.Attempts.Count, bench.Calls.Budget));
        bench.Answer(1, "fine");

        Assert.Equal("fine", await call.WaitAsync(Patience));
        await bench.SettledAsync(10);
    }

    [Fact]
    public async Task Three_at_once_each_after_the_delay()
    {
        using var bench = new HedgeBench(4, static hedging => hedging.MaxAttempts = 3);
        var call = bench.Calls.CallAsync();
        bench.Pass(100);
        Assert.Equal(2, bench.Attempts.Count);
        bench.Pass(100);
        Assert.Equal(3, bench.Attempts.Count);
        bench.Pass(5000);
        Assert.Equal(3, bench.Attempts.Count);

        bench.Answer(3, "fine");

        Assert.Equal("fine", await call.WaitAsync(Patience));
        await bench.SettledAsync(8.2);
        Assert.Equal(3, bench.Transport.Sent.Distinct().Count());
    }

    [Theory]
    [InlineData(CallTraits.None)]
    [InlineData(CallTraits.Replayable)]
    [InlineData(CallTraits.Repeatable)]
    public async Task Calls_that_may_not_be_repeated_or_replayed_are_never_hedged(object traits)
    {
        using var bench = new HedgeBench(3);
        bench.Transport.Traits = (CallTraits)traits;
        var call = bench.Calls.CallAsync();
        bench.Pass(5000);

        Assert.Equal(1, bench.Attempts.Count);
        bench.Answer(1, "fine");
        Assert.Equal("fine", await call.WaitAsync(Patience));
        Assert.Empty(bench.Transport.Copies);
    }

    [Fact]
    public async Task Calls_that_the_transport_says_no_to_are_not_hedged()
    {
        using var bench = new HedgeBench(3);
        bench.Transport.Hedges = false;
        var call = bench.Calls.CallAsync();
        bench.Pass(5000);

        Assert.Equal(1, bench.Attempts.Count);
        bench.Answer(1, "fine");
        await call.WaitAsync(Patience);
        Assert.Empty(bench.Transport.Copies);
    }

    [Fact]
    public void Synchronous_calls_are_not_hedged()
    {
        using var bench = new CallBench(2, new Script(static _ => "fine"), hedging: new HedgingOptions { Delay = TimeSpan.FromMilliseconds(1) });

        Assert.Equal("fine", bench.Call());

        Assert.Empty(bench.Transport.Copies);
    }

    [Fact]
    public async Task Percentile_acts_when_enough_calls_were_measured()
    {
        var slow = false;
        using var held = new CallBench(
            3, new Script((_, attempt, token) => slow && attempt == 1 ? CallBench.HangAsync(token) : Task.FromResult("fine")), hedging: new HedgingOptions { Percentile = 0.95, MinSamples = 50 });
        for (var i = 0; i < 49; i++)
        {
            await held.CallAsync();
        }

        slow = true;
        var early = held.CallAsync();
        held.Cluster.Time.Advance(5);
        Assert.False(early.IsCompleted);

        slow = false;
        await held.CallAsync();
        slow = true;
        var late = held.CallAsync();
        Assert.False(late.IsCompleted);
        held.Cluster.Time.Advance(0.001);

        Assert.Equal("fine", await late.WaitAsync(Patience));
    }

    [Fact]
    public async Task Single_endpoint_fails_the_retry_waits_as_it_does_without_hedging()
    {
        using var bench = new HedgeBench(1, others: static (retry, _) => retry.BaseDelay = retry.MaxDelay = TimeSpan.FromSeconds(5));
        var call = bench.Calls.CallAsync();

        bench.Answer(1, "500");

        Assert.Equal(1, bench.Attempts.Count);
        bench.Pass(5000);
        Assert.Equal(2, bench.Attempts.Count);
        bench.Answer(2, "fine");
        Assert.Equal("fine", await call.WaitAsync(Patience));
        await bench.SettledAsync(9.2);
    }

    [Fact]
    public async Task Hedge_that_was_paid_reaches_nobody_while_nobody_is_reached_the_next_costs_no_second_token()
    {
        using var bench = new HedgeBench(3);
        bench.Calls.Cluster.Refuse(1, 2, 3);
        bench.Calls.Cluster.Pass(0.2);
        Assert.Equal(Eligibility.HardEjected, bench.Calls.Cluster.Snapshot.Eligibility);
        var call = bench.Calls.CallAsync();
        bench.Pass(100);
        Assert.Equal((2, 9.0), (bench.Attempts.Count, bench.Calls.Budget));

        bench.Throw(2, new HttpRequestException("refused"));

        Assert.Equal((3, 9.0), (bench.Attempts.Count, bench.Calls.Budget));
        bench.Answer(3, "fine");
        Assert.Equal("fine", await call.WaitAsync(Patience));
        await bench.SettledAsync(9.2);
    }
}
