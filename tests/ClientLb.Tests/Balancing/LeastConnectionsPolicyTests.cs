using ClientLb.Balancing;

namespace ClientLb.Tests.Balancing;

public sealed class LeastConnectionsPolicyTests
{
    public static TheoryData<string> Names => new(LeastConnectionsPolicy.PolicyName, LeastConnectionsPolicy.WeightedPolicyName);

    [Theory]
    [MemberData(nameof(Names))]
    public void Of_10_5_and_8_in_flight_the_second_is_picked(string policy)
    {
        var fleet = Fleet.OfEqual(3);
        fleet.Hold(0, 10);
        fleet.Hold(1, 5);
        fleet.Hold(2, 8);

        Assert.Equal([0, 1_000, 0], fleet.CountPicks(fleet.Compile(policy), 1_000));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Ten_at_weight_5_ties_4_at_weight_2_and_beats_3_at_weight_1(string policy)
    {
        var fleet = new Fleet(5, 2, 1);
        fleet.Hold(0, 10);
        fleet.Hold(1, 4);
        fleet.Hold(2, 3);

        var counts = fleet.CountPicks(fleet.Compile(policy), 20_000);

        Assert.Equal(0, counts[2]);
        Distribution.AssertFits(counts[..2], [5, 2]);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(32)]
    public void Least_loaded_of_all_is_found_wherever_it_stands(int count)
    {
        for (var idle = 0; idle < count; idle++)
        {
            var fleet = Fleet.OfEqual(count);
            for (var i = 0; i < count; i++)
            {
                fleet.Hold(i, i == idle ? 1 : 2 + (i % 3));
            }

            Assert.Equal(50, fleet.CountPicks(fleet.Compile("least_connections"), 50)[idle]);
        }
    }

    [Fact]
    public void Equal_ones_that_lie_together_share_evenly()
    {
        // Scanned from a random start the first of a run would get the shares of all before it.
        var fleet = Fleet.OfEqual(20);
        for (var i = 0; i < 20; i++)
        {
            fleet.Hold(i, i is >= 5 and < 9 ? 1 : 3);
        }

        var counts = fleet.CountPicks(fleet.Compile("least_connections"), 20_000);

        Distribution.AssertFits(counts[5..9], [1, 1, 1, 1]);
    }

    [Fact]
    public void Above_32_members_as_many_are_drawn_as_the_choices_say()
    {
        var fleet = Fleet.OfEqual(33);
        for (var i = 1; i < 33; i++)
        {
            fleet.Hold(i, 1);
        }

        int Found(int choices) => fleet.CountPicks(fleet.Compile("least_connections", options: new LoadBalancingOptions { Choices = choices }), 10_000)[0];

        // One that is drawn is picked: 2 / 33 without, 1 − (32 / 33)^8 with replacement.
        Assert.InRange(Found(2), 500, 715);
        Assert.InRange(Found(8), 2_000, 2_370);
        Assert.Equal(10_000, Found(33));
    }

    [Fact]
    public void Excluded_one_is_passed_over_though_it_is_the_least_loaded()
    {
        var fleet = Fleet.OfEqual(3);
        fleet.Hold(1, 5);
        fleet.Hold(2, 8);

        Assert.Equal([0, 500, 0], fleet.CountPicks(fleet.Compile("least_connections"), 500, fleet[0]));
    }
}
