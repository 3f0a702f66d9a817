using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Balancing;

public sealed class ExclusionTests
{
    public static TheoryData<string> All => Policies.All;

    public static TheoryData<string> Spreading => Policies.Spreading;

    [Theory]
    [MemberData(nameof(All))]
    public void Group_without_members_has_nothing_to_pick(string policy) =>
        Assert.Null(new Fleet().Compile(policy).Pick(new PickContext(Fleet.Now)));

    [Theory]
    [MemberData(nameof(All))]
    public void Group_whose_members_all_weigh_nothing_has_nothing_to_pick(string policy) =>
        Assert.Null(new Fleet(0, -1, double.NaN).Compile(policy).Pick(new PickContext(Fleet.Now)));

    [Theory]
    [MemberData(nameof(All))]
    public void Only_member_is_picked_unless_it_is_excluded(string policy)
    {
        var fleet = Fleet.OfEqual(1);
        var picker = fleet.Compile(policy);

        Assert.Same(fleet[0], picker.Pick(new PickContext(Fleet.Now)));
        Assert.Null(picker.Pick(new PickContext(Fleet.Now, [fleet[0]])));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Member_of_weight_zero_is_never_picked(string policy)
    {
        var fleet = new Fleet(1, 0, 1, 0);

        var counts = fleet.CountPicks(fleet.Compile(policy), 1_000);

        Assert.Equal(0, counts[1] + counts[3]);
    }

    [Theory]
    [MemberData(nameof(Spreading))]
    public void Excluded_members_are_never_picked_and_every_other_one_is(string policy)
    {
        foreach (var weights in new double[][] { [1, 1], [1, 1, 1], [3, 1, 2], [1, 1, 1, 1, 1, 1, 1, 1], [0.7, 0.3, 0.55, 0.9], [20, 1, 1] })
        {
            for (var excluded = 1; excluded < weights.Length; excluded++)
            {
                for (var first = 0; first < weights.Length; first++)
                {
                    var fleet = new Fleet(weights);
                    var gone = Enumerable.Range(first, excluded).Select(i => fleet[i % fleet.Count]).ToArray();

                    var counts = fleet.CountPicks(fleet.Compile(policy), 2_000, gone);

                    Assert.All(gone, endpoint => Assert.Equal(0, counts[Fleet.IndexOf(endpoint)]));
                    Assert.Equal(weights.Length - excluded, counts.Count(count => count > 0));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Nothing_is_picked_when_every_member_is_excluded(string policy)
    {
        foreach (var weights in new double[][] { [1, 1], [3, 1, 2], [0.7, 0.3, 0.55, 0.9], [.. Enumerable.Repeat(1.0, 50)] })
        {
            var fleet = new Fleet(weights);
            var picker = fleet.Compile(policy);
            var gone = fleet.Members.Select(member => member.Endpoint).ToArray();

            for (var i = 0; i < 100; i++)
            {
                Assert.Null(picker.Pick(new PickContext(Fleet.Now, gone)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Last_member_that_is_left_is_always_found(string policy)
    {
        var fleet = Fleet.OfEqual(200);
        var picker = fleet.Compile(policy);
        for (var left = 0; left < fleet.Count; left++)
        {
            var gone = fleet.Members.Select(member => member.Endpoint).Where(endpoint => endpoint != fleet[left]).ToArray();

            Assert.Same(fleet[left], picker.Pick(new PickContext(Fleet.Now, gone)));
        }
    }

    [Theory]
    [MemberData(nameof(Spreading))]
    public void Share_of_an_excluded_member_falls_to_all_others(string policy)
    {
        // At its limit, for example: were its neighbour to take it all, that one would be the next to fall.
        var fleet = Fleet.OfEqual(5);

        var counts = fleet.CountPicks(fleet.Compile(policy), 40_000, fleet[2]);

        Distribution.AssertFits([counts[0], counts[1], counts[3], counts[4]], [1, 1, 1, 1]);
    }

    [Theory]
    [MemberData(nameof(Spreading))]
    public void Share_of_an_excluded_heavy_member_falls_to_the_others_by_weight(string policy)
    {
        var fleet = new Fleet(300, 1, 2, 1, 2);

        var counts = fleet.CountPicks(fleet.Compile(policy), 20_000, fleet[0]);

        Distribution.AssertWithin(0.1, counts[1..], [1, 2, 1, 2]);
    }

    [Theory]
    [MemberData(nameof(Spreading))]
    public void Exclusion_of_a_stranger_changes_nothing(string policy)
    {
        var fleet = new Fleet(2, 1);
        var stranger = Fleet.OfEqual(1)[0];

        var counts = fleet.CountPicks(fleet.Compile(policy), 30_000, stranger);

        Distribution.AssertFits(counts, [2, 1]);
    }

    [Fact]
    public void Picker_none_picks_nothing() => Assert.Null(Picker.None.Pick(new PickContext(Fleet.Now)));
}
