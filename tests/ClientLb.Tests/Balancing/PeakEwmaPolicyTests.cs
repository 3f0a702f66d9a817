using ClientLb.Balancing;

namespace ClientLb.Tests.Balancing;

public sealed class PeakEwmaPolicyTests
{
    private const long Millisecond = TimeSpan.TicksPerMillisecond;

    [Fact]
    public void Quicker_of_two_is_picked_until_it_has_the_longer_wait()
    {
        var fleet = Fleet.OfEqual(2);
        fleet[0].Load.ObserveLatency(Fleet.Now, 10 * Millisecond);
        fleet[1].Load.ObserveLatency(Fleet.Now, 35 * Millisecond);
        var picker = fleet.Compile("peak_ewma");

        for (var inFlight = 0; inFlight < 3; inFlight++)
        {
            Assert.Same(fleet[0], picker.Pick(new PickContext(Fleet.Now)));
            fleet.Hold(0, 1);
        }

        Assert.Same(fleet[1], picker.Pick(new PickContext(Fleet.Now)));
    }

    [Fact]
    public void New_member_is_tried_at_once_and_then_left_alone_until_it_answers()
    {
        var fleet = Fleet.OfEqual(2);
        fleet[0].Load.ObserveLatency(Fleet.Now, 10 * Millisecond);
        var picker = fleet.Compile("peak_ewma");

        Assert.Same(fleet[1], picker.Pick(new PickContext(Fleet.Now)));
        fleet.Hold(1, 1);
        Assert.Equal([1_000, 0], fleet.CountPicks(picker, 1_000));

        fleet[1].Load.Release(Fleet.Now);
        fleet[1].Load.ObserveLatency(Fleet.Now, 5 * Millisecond);
        Assert.Same(fleet[1], picker.Pick(new PickContext(Fleet.Now)));
    }

    [Fact]
    public void Weight_counts_though_nothing_is_in_flight()
    {
        var fleet = new Fleet(20, 1);
        fleet[0].Load.ObserveLatency(Fleet.Now, 10 * Millisecond);
        fleet[1].Load.ObserveLatency(Fleet.Now, 9 * Millisecond);

        // The light one wins each comparison, and yet gets no more than twice the share of its weight.
        Assert.InRange(fleet.CountPicks(fleet.Compile("peak_ewma"), 10_000)[1], 700, 2 * 10_000 / 21);
    }

    [Fact]
    public void First_burst_is_spread_though_nobody_has_answered()
    {
        var fleet = Fleet.OfEqual(4);
        var picker = fleet.Compile("peak_ewma");
        var counts = new int[4];
        for (var i = 0; i < 400; i++)
        {
            var index = Fleet.IndexOf(picker.Pick(new PickContext(Fleet.Now))!);
            fleet.Hold(index, 1);
            counts[index]++;
        }

        // Two random choices stay within a few of each other; random alone would differ by tens.
        Assert.All(counts, count => Assert.InRange(count, 96, 104));
    }

    [Fact]
    public void Member_that_fails_fast_is_not_a_quick_one()
    {
        var fleet = Fleet.OfEqual(2);
        fleet[0].Load.ObserveLatency(Fleet.Now, 10 * Millisecond);
        fleet[1].Load.ObserveLatency(Fleet.Now, 10 * Millisecond);
        fleet[1].Load.ObservePenalty(Fleet.Now, 1);

        Assert.Equal([1_000, 0], fleet.CountPicks(fleet.Compile("peak_ewma"), 1_000));
    }

    [Fact]
    public void Slow_member_is_tried_again_after_its_past_has_faded()
    {
        var fleet = Fleet.OfEqual(2);
        fleet[0].Load.ObserveLatency(Fleet.Now, 10 * Millisecond);
        fleet[1].Load.ObserveLatency(Fleet.Now, 20 * Millisecond);
        var picker = fleet.Compile("peak_ewma");

        var later = Fleet.Now + (8 * TimeSpan.TicksPerSecond);
        fleet[0].Load.ObserveLatency(later, 10 * Millisecond);

        Assert.Same(fleet[1], picker.Pick(new PickContext(later)));
    }
}
