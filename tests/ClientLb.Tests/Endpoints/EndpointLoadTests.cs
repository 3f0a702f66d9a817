using ClientLb.Endpoints;

namespace ClientLb.Tests.Endpoints;

public sealed class EndpointLoadTests
{
    private const long Millisecond = TimeSpan.TicksPerMillisecond;
    private const long Second = TimeSpan.TicksPerSecond;
    private const long Now = 1_000_000 * Second;

    private readonly EndpointLoad _load = Fresh.Load(Now);

    [Fact]
    public void New_load_has_nothing_in_flight_and_no_latency()
    {
        Assert.Equal(0, _load.InFlight);
        Assert.Equal(0, _load.MeanAge(Now));
        Assert.Equal(0, _load.PeakLatency);
        Assert.Equal(0, _load.PeakEwmaCost(Now, 1));
        Assert.Equal(Now, _load.LastByteAt);
        Assert.False(_load.IsRetired);
    }

    [Fact]
    public void Leases_count_up_and_down()
    {
        Assert.True(_load.TryAcquire(Now, LeaseRule.Normal));
        Assert.True(_load.TryAcquire(Now + Second, LeaseRule.Normal));
        Assert.Equal(2, _load.InFlight);

        _load.Release(Now);
        Assert.Equal(1, _load.InFlight);
        _load.Release(Now + Second);
        Assert.Equal(0, _load.InFlight);
    }

    [Fact]
    public void MeanAge_is_the_mean_over_what_is_in_flight()
    {
        _load.TryAcquire(Now, LeaseRule.Normal);
        _load.TryAcquire(Now + (2 * Second), LeaseRule.Normal);

        AssertNear(3 * Second, _load.MeanAge(Now + (4 * Second)));

        _load.Release(Now);
        AssertNear(2 * Second, _load.MeanAge(Now + (4 * Second)));
    }

    [Fact]
    public void MeanAge_survives_the_wrap_of_the_sum_of_starts()
    {
        // 200 starts of 2^35 units each are 2^42.6 … and a fleet of processes that have been up for years goes round many times.
        foreach (var start in new[] { (1L << 45) - Second, (1L << 53) - Second, (1L << 60) + 12_345 })
        {
            var load = Fresh.Load(start);
            for (var i = 0; i < 200; i++)
            {
                load.TryAcquire(start + (i * Millisecond), LeaseRule.Normal);
            }

            AssertNear((10 * Second) - (99 * Millisecond), load.MeanAge(start + (10 * Second)), tolerance: 2 * Millisecond);

            for (var i = 0; i < 199; i++)
            {
                load.Release(start + (i * Millisecond));
            }

            AssertNear((10 * Second) - (199 * Millisecond), load.MeanAge(start + (10 * Second)));
        }
    }

    [Fact]
    public void MeanAge_of_a_start_that_is_younger_than_now_is_zero()
    {
        _load.TryAcquire(Now + Second, LeaseRule.Normal);

        Assert.Equal(0, _load.MeanAge(Now));
    }

    [Fact]
    public void Exclusion_closes_the_door_and_leaves_the_counts_alone()
    {
        _load.TryAcquire(Now, LeaseRule.Normal);

        foreach (var (hard, soft) in new[] { (true, false), (false, true), (true, true) })
        {
            _load.SetExcluded(hard, soft);

            Assert.False(_load.TryAcquire(Now, LeaseRule.Normal));
            Assert.Equal(1, _load.InFlight);
            AssertNear(Second, _load.MeanAge(Now + Second));
        }

        Assert.True(_load.TryAcquire(Now, LeaseRule.OverlookAll));
        _load.SetExcluded(hard: false, soft: false);
        Assert.True(_load.TryAcquire(Now, LeaseRule.Normal));
        Assert.Equal(3, _load.InFlight);
    }

    [Fact]
    public void Retirement_waits_for_the_last_lease_and_is_final()
    {
        _load.TryAcquire(Now, LeaseRule.Normal);
        Assert.False(_load.TryRetire());
        Assert.False(_load.IsRetired);

        _load.Release(Now);
        Assert.True(_load.TryRetire());
        Assert.True(_load.IsRetired);
        Assert.True(_load.TryRetire());

        Assert.False(_load.TryAcquire(Now, LeaseRule.Normal));
        Assert.False(_load.TryAcquire(Now, LeaseRule.OverlookAll));
    }

    [Fact]
    public void Excluded_endpoint_can_be_retired_and_stays_so()
    {
        _load.SetExcluded(hard: true, soft: true);

        Assert.True(_load.TryRetire());
        _load.SetExcluded(hard: false, soft: false);

        Assert.True(_load.IsRetired);
        Assert.False(_load.TryAcquire(Now, LeaseRule.Normal));
    }

    [Fact]
    public void Lease_beyond_the_largest_count_is_refused()
    {
        const int Most = (1 << 18) - 1;
        for (var i = 0; i < Most; i++)
        {
            Assert.True(_load.TryAcquire(Now, LeaseRule.Normal));
        }

        Assert.False(_load.TryAcquire(Now, LeaseRule.Normal));
        Assert.Equal(Most, _load.InFlight);
        AssertNear(Second, _load.MeanAge(Now + Second));
    }

    [Fact]
    public void Awaiting_leaves_out_open_bodies()
    {
        _load.TryAcquire(Now, LeaseRule.Normal);
        _load.TryAcquire(Now, LeaseRule.Normal);
        _load.BeginStream();
        Assert.Equal(1, _load.Awaiting);

        _load.EndStream();
        _load.Release(Now);
        Assert.Equal(1, _load.Awaiting);
    }

    private static void AssertNear(long expected, long actual, long tolerance = Millisecond / 2) =>
        Assert.InRange(actual, expected - tolerance, expected + tolerance);
}
