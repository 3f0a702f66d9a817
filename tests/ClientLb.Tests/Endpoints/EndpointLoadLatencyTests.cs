using ClientLb.Endpoints;

namespace ClientLb.Tests.Endpoints;

public sealed class EndpointLoadLatencyTests
{
    private const long Millisecond = TimeSpan.TicksPerMillisecond;
    private const long Second = TimeSpan.TicksPerSecond;
    private const long Now = 1_000_000 * Second;

    private readonly EndpointLoad _load = Fresh.Load(Now);

    [Fact]
    public void First_answer_sets_the_average()
    {
        _load.ObserveLatency(Now, 20 * Millisecond);

        Assert.Equal(20 * Millisecond, _load.PeakLatency);
    }

    [Fact]
    public void Slower_answer_counts_at_once()
    {
        _load.ObserveLatency(Now, 20 * Millisecond);
        _load.ObserveLatency(Now, 300 * Millisecond);

        Assert.Equal(300 * Millisecond, _load.PeakLatency);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    [InlineData(1.0)]
    [InlineData(5.0)]
    [InlineData(10.0)]
    public void Quicker_answer_moves_the_average_by_the_decay_of_the_time_between(double seconds)
    {
        _load.ObserveLatency(Now, 100 * Millisecond);
        _load.ObserveLatency(Now + (long)(seconds * Second), 10 * Millisecond);

        var keep = Math.Exp(-seconds / 10);
        AssertWithin(0.02, ((100 * keep) + (10 * (1 - keep))) * Millisecond, _load.PeakLatency);
    }

    [Fact]
    public void Zero_duration_is_an_answer_too()
    {
        _load.ObserveLatency(Now, 0);

        Assert.Equal(1, _load.PeakLatency);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(10)]
    public void Cost_decays_within_two_percent_of_the_exponential_up_to_its_time_constant(int seconds)
    {
        _load.ObserveLatency(Now, 100 * Millisecond);

        AssertWithin(0.02, 100 * Millisecond * Math.Exp(-seconds / 10.0), _load.PeakEwmaCost(Now + (seconds * Second), 1));
    }

    [Fact]
    public void Cost_of_an_idle_endpoint_falls_ever_on()
    {
        _load.ObserveLatency(Now, Second);

        var previous = float.MaxValue;
        for (var elapsed = 0L; elapsed < 172_800; elapsed += 600)
        {
            var cost = _load.PeakEwmaCost(Now + (elapsed * Second), 1);
            Assert.True(cost < previous, $"after {elapsed} s");
            previous = cost;
        }
    }

    [Fact]
    public void Cost_is_the_latency_times_what_would_be_in_flight()
    {
        _load.ObserveLatency(Now, 10 * Millisecond);
        Assert.Equal(10 * Millisecond, _load.PeakEwmaCost(Now, 1));

        _load.TryAcquire(Now, LeaseRule.Normal);
        _load.TryAcquire(Now, LeaseRule.Normal);
        Assert.Equal(30 * Millisecond, _load.PeakEwmaCost(Now, 1));
        Assert.Equal(20 * Millisecond, _load.PeakEwmaCost(Now, 0.5f));
    }

    [Fact]
    public void Cost_looks_no_further_back_than_the_stamp_of_another_thread()
    {
        _load.ObserveLatency(Now, 10 * Millisecond);

        Assert.Equal(10 * Millisecond, _load.PeakEwmaCost(Now - Second, 1));
    }

    [Fact]
    public void Endpoint_that_never_answered_costs_nothing_while_idle_and_more_than_any_other_while_busy()
    {
        var slow = Fresh.Load(Now);
        slow.ObserveLatency(Now, 100 * Second);
        slow.TryAcquire(Now, LeaseRule.Normal);

        Assert.Equal(0, _load.PeakEwmaCost(Now, 1));

        _load.TryAcquire(Now, LeaseRule.Normal);
        Assert.True(_load.PeakEwmaCost(Now, 1) > slow.PeakEwmaCost(Now, 1));
    }

    [Fact]
    public void Of_two_busy_endpoints_that_never_answered_the_one_with_less_in_flight_costs_less()
    {
        var other = Fresh.Load(Now);
        _load.TryAcquire(Now, LeaseRule.Normal);
        other.TryAcquire(Now, LeaseRule.Normal);
        other.TryAcquire(Now, LeaseRule.Normal);

        Assert.True(_load.PeakEwmaCost(Now, 1) < other.PeakEwmaCost(Now, 1));
        Assert.True(other.PeakEwmaCost(Now, 0.25f) < _load.PeakEwmaCost(Now, 1));
    }

    [Fact]
    public void Failed_attempt_is_never_a_quick_answer()
    {
        _load.ObserveLatency(Now, 20 * Millisecond);
        _load.ObservePenalty(Now, 1);
        Assert.Equal(100 * Millisecond, _load.PeakLatency);

        _load.ObservePenalty(Now, 30 * Second);
        Assert.Equal(30 * Second, _load.PeakLatency);
    }

    [Fact]
    public void Penalties_in_a_row_stop_at_ten_seconds()
    {
        for (var i = 0; i < 50; i++)
        {
            _load.ObservePenalty(Now, 1);
        }

        Assert.Equal(10 * Second, _load.PeakLatency);
    }

    [Fact]
    public void Failure_of_an_endpoint_that_never_answered_makes_it_cost_as_much_as_a_slow_one()
    {
        _load.ObservePenalty(Now, 1);

        Assert.Equal(100 * Millisecond, _load.PeakLatency);
    }

    private static void AssertWithin(double share, double expected, double actual) =>
        Assert.InRange(actual, expected * (1 - share), expected * (1 + share));
}
