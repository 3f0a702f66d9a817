using ClientLb.Balancing;

namespace ClientLb.Tests.Balancing;

public sealed class LeastRequestPolicyTests
{
    [Fact]
    public void Of_10_5_and_8_in_flight_the_busiest_never_wins_and_the_idlest_wins_two_of_three()
    {
        var fleet = Fleet.OfEqual(3);
        fleet.Hold(0, 10);
        fleet.Hold(1, 5);
        fleet.Hold(2, 8);

        var counts = fleet.CountPicks(fleet.Compile("least_request"), 30_000);

        // Of the three pairs, 5 wins both that it is in, and 8 the one against 10.
        Assert.Equal(0, counts[0]);
        Distribution.AssertFits(counts[1..], [2, 1]);
    }

    [Fact]
    public void Of_two_members_the_one_with_less_in_flight_is_always_picked()
    {
        var fleet = Fleet.OfEqual(2);
        fleet.Hold(0, 1);

        Assert.Equal([0, 1_000], fleet.CountPicks(fleet.Compile("least_request"), 1_000));
    }

    [Theory]
    [InlineData(2, 4, 1, 3, 0)]
    [InlineData(2, 5, 1, 3, 0)]
    [InlineData(2, 7, 1, 3, 1)]
    [InlineData(9, 8, 1, 1, 0)]
    public void Load_is_in_flight_over_weight(double weightA, int inFlightA, double weightB, int inFlightB, int expected)
    {
        var fleet = new Fleet(weightA, weightB);
        fleet.Hold(0, inFlightA);
        fleet.Hold(1, inFlightB);

        Assert.Equal(1_000, fleet.CountPicks(fleet.Compile("least_request"), 1_000)[expected]);
    }

    [Fact]
    public void Equal_load_goes_to_the_first_drawn_and_so_by_weight()
    {
        var fleet = new Fleet(3, 1);
        fleet.Hold(0, 3);
        fleet.Hold(1, 1);

        Distribution.AssertFits(fleet.CountPicks(fleet.Compile("least_request"), 20_000), [3, 1]);
    }

    [Fact]
    public void Load_is_compared_among_those_that_are_not_excluded()
    {
        var fleet = Fleet.OfEqual(3);
        fleet.Hold(1, 5);
        fleet.Hold(2, 8);

        Assert.Equal([0, 1_000, 0], fleet.CountPicks(fleet.Compile("least_request"), 1_000, fleet[0]));
    }
}
