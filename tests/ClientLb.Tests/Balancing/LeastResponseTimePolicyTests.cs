using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Balancing;

public sealed class LeastResponseTimePolicyTests
{
    private const long Millisecond = TimeSpan.TicksPerMillisecond;

    [Fact]
    public void Of_50_30_and_45_ms_the_second_is_picked() =>
        Assert.Equal([0, 1_000, 0], Picks(Answering(50, 30, 45)));

    [Fact]
    public void Quickest_gets_no_more_than_it_answers_before_another_would()
    {
        var fleet = Answering(10, 35);
        var picker = fleet.Compile("least_response_time");
        var picks = new List<int>();
        for (var i = 0; i < 5; i++)
        {
            var index = Fleet.IndexOf(picker.Pick(new PickContext(Fleet.Now))!);
            fleet.Hold(index, 1);
            picks.Add(index);
        }

        // 10, 20, 30 are less than 35; 40 is not; and then 40 is less than 70.
        Assert.Equal([0, 0, 0, 1, 0], picks);
    }

    [Fact]
    public void Equal_ones_share_by_weight_though_nothing_is_in_flight()
    {
        var fleet = new Fleet(3, 1);
        fleet[0].Load.ObserveLatency(Fleet.Now, 10 * Millisecond);
        fleet[1].Load.ObserveLatency(Fleet.Now, (long)(9.5 * Millisecond));

        Distribution.AssertFits(fleet.CountPicks(fleet.Compile("least_response_time"), 20_000), [3, 1]);
    }

    [Fact]
    public void One_that_fails_fast_is_not_the_quickest()
    {
        var fleet = Answering(10, 10, 10);
        fleet[1].Load.ObservePenalty(Fleet.Now, 1);

        Assert.Equal(0, Picks(fleet)[1]);
    }

    [Fact]
    public void Slow_one_is_tried_again_when_its_past_has_faded()
    {
        var fleet = Answering(10, 100);
        var later = Fleet.Now + (30 * TimeSpan.TicksPerSecond);
        fleet[0].Load.ObserveLatency(later, 10 * Millisecond);

        Assert.Same(fleet[1], fleet.Compile("least_response_time").Pick(new PickContext(later)));
    }

    [Fact]
    public void Server_that_fails_in_no_time_gets_next_to_nothing()
    {
        // One of ten answers 500 at once. A policy that took that for a quick answer would send it nearly everything.
        var fleet = Fleet.OfEqual(10);
        var picker = fleet.Compile("least_response_time");
        var random = new SeededRandomSource(4);
        var (now, errors) = (Fleet.Now, 0);
        for (var i = 0; i < 20_000; i++)
        {
            var endpoint = picker.Pick(new PickContext(now))!;
            var fails = Fleet.IndexOf(endpoint) == 3;
            var duration = fails ? 1_000 : (long)(Millisecond * (0.5 + ((random.NextBits() >> 11) * (1.0 / (1UL << 53)))));
            now += duration;
            if (fails)
            {
                errors++;
                endpoint.Load.ObservePenalty(now, duration);
            }
            else
            {
                endpoint.Load.ObserveLatency(now, duration);
            }
        }

        Assert.InRange(errors, 1, 20);
    }

    private static int[] Picks(Fleet fleet) => fleet.CountPicks(fleet.Compile("least_response_time"), 1_000);

    private static Fleet Answering(params int[] milliseconds)
    {
        var fleet = Fleet.OfEqual(milliseconds.Length);
        for (var i = 0; i < milliseconds.Length; i++)
        {
            fleet[i].Load.ObserveLatency(Fleet.Now, milliseconds[i] * Millisecond);
        }

        return fleet;
    }
}
