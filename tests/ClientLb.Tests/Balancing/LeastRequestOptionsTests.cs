using ClientLb.Balancing;

namespace ClientLb.Tests.Balancing;

/// <summary>What <c>least_request</c> may be told.</summary>
public sealed class LeastRequestOptionsTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void More_choices_find_the_idlest_more_often(int choices)
    {
        var fleet = Fleet.OfEqual(10);
        for (var i = 1; i < 10; i++)
        {
            fleet.Hold(i, 1);
        }

        var found = fleet.CountPicks(Compile(fleet, choices), 20_000)[0] / 20_000.0;

        // Two are drawn without replacement, more with it.
        var expected = choices == 2 ? 0.2 : 1 - Math.Pow(0.9, choices);
        Assert.InRange(found, expected - 0.015, expected + 0.015);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    public void As_many_choices_as_members_are_a_look_at_all(int choices)
    {
        var fleet = Fleet.OfEqual(10);
        for (var i = 0; i < 10; i++)
        {
            fleet.Hold(i, i == 7 ? 1 : 2);
        }

        Assert.Equal(1_000, fleet.CountPicks(Compile(fleet, choices), 1_000)[7]);
    }

    [Fact]
    public void Choices_share_by_weight_while_all_are_idle()
    {
        double[] weights = [5, 3, 2, 1, 1, 1];
        var fleet = new Fleet(weights);

        Distribution.AssertFits(fleet.CountPicks(Compile(fleet, choices: 4), 20_000), weights);
    }

    [Fact]
    public void Choices_keep_to_those_that_are_not_excluded()
    {
        var fleet = Fleet.OfEqual(6);
        fleet.Hold(1, 1);
        fleet.Hold(2, 2);
        fleet.Hold(3, 3);

        var counts = fleet.CountPicks(Compile(fleet, choices: 4), 2_000, fleet[0], fleet[4], fleet[5]);

        Assert.Equal(0, counts[0] + counts[4] + counts[5]);
        Assert.True(counts[1] > counts[2] && counts[2] > counts[3], string.Join(", ", counts));
    }

    [Fact]
    public void Bias_of_0_leaves_what_is_in_flight_out_of_account()
    {
        var fleet = new Fleet(3, 1);
        fleet.Hold(0, 50);

        Distribution.AssertFits(fleet.CountPicks(Compile(fleet, bias: 0), 20_000), [3, 1]);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    public void Bias_above_1_avoids_the_busier_one_though_its_weight_is_higher(double bias, int expected)
    {
        var fleet = new Fleet(3, 1);
        fleet.Hold(0, 5);
        fleet.Hold(1, 2);

        // 5 / 3 is less than 2 / 1; (36 − 1) / 3 is more than (9 − 1) / 1.
        Assert.Equal(1_000, fleet.CountPicks(Compile(fleet, bias: bias), 1_000)[expected]);
    }

    [Fact]
    public void Bias_says_nothing_where_all_weigh_the_same()
    {
        var fleet = Fleet.OfEqual(2);
        fleet.Hold(0, 1);

        Assert.Equal([0, 1_000], fleet.CountPicks(Compile(fleet, bias: 0), 1_000));
    }

    private static Picker Compile(Fleet fleet, int choices = 2, double bias = 1) =>
        fleet.Compile("least_request", options: new LoadBalancingOptions { Choices = choices, ActiveRequestBias = bias });
}
