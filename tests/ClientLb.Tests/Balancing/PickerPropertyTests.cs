using ClientLb.Balancing;
using ClientLb.Endpoints;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Balancing;

public sealed class PickerPropertyTests
{
    private static readonly Gen<double> AnyWeight = Gen.OneOf(
        Gen.Choose(1, 10).Select(weight => (double)weight),
        Gen.Choose(1, 1_000_000).Select(weight => weight / 997.0),
        Gen.Elements(0, -1, double.NaN, double.Epsilon, 1e-300, 1e-12, 65_535, 1e300, double.MaxValue, double.PositiveInfinity));

    private static readonly Gen<Member> AnyMember =
        from weight in AnyWeight
        from excluded in Gen.Elements(true, false, false)
        from leases in Gen.Choose(0, 5)
        from latency in Gen.Choose(0, 1_000_000)
        select new Member(weight, excluded, leases, latency);

    public static TheoryData<string> All => Policies.All;

    [Theory]
    [MemberData(nameof(All))]
    public void Pick_is_always_one_that_may_be_picked_and_never_fails_to_find_one(string policy)
    {
        Prop.ForAll(AnyMember.ListOf().ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (members, seed) =>
        {
            var fleet = Build([.. members]);
            var excluded = members.Select((member, i) => (member, i)).Where(pair => pair.member.IsExcluded).Select(pair => fleet[pair.i]).ToArray();
            var allowed = members.Select((member, i) => (member, i))
                .Where(pair => pair.member.Weight > 0 && !pair.member.IsExcluded).Select(pair => fleet[pair.i]).ToHashSet();
            var picker = fleet.Compile(policy, (ulong)seed);
            for (var i = 0; i < 50; i++)
            {
                var endpoint = picker.Pick(new PickContext(Fleet.Now + i, excluded));
                if (endpoint is null ? allowed.Count > 0 : !allowed.Contains(endpoint))
                {
                    return false;
                }
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Picker_takes_over_from_any_other_picker(string policy)
    {
        Prop.ForAll(Gen.Elements(Policies.Names).ToArbitrary(), AnyMember.ListOf().ToArbitrary(), (previous, members) =>
        {
            var fleet = Build([.. members]);
            var picker = fleet.Compile(policy, seed: 3, fleet.Compile(previous));
            return members.Any(member => member.Weight > 0) == picker.Pick(new PickContext(Fleet.Now)) is not null;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));
    }

    [Fact]
    public void Any_weights_are_compiled_to_finite_ones_of_mean_one()
    {
        Prop.ForAll(AnyWeight.ListOf().ToArbitrary(), weights =>
        {
            var group = WeightedGroup.From(new PickerInput
            {
                Members = new Fleet([.. weights]).Members,
                Random = new SeededRandomSource(1),
                Clock = MonotonicClock.System,
            });
            return group.Count == weights.Count(weight => weight > 0)
                && group.Weights().All(weight => weight > 0 && double.IsFinite(weight))
                && Math.Abs(group.Weights().Sum() - group.Count) < 1e-6
                && group.IsUniform == (group.Weights().Distinct().Count() <= 1);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    private static Fleet Build(Member[] members)
    {
        var fleet = new Fleet([.. members.Select(member => member.Weight)]);
        for (var i = 0; i < members.Length; i++)
        {
            fleet.Hold(i, members[i].Leases);
            if (members[i].Latency > 0)
            {
                fleet[i].Load.ObserveLatency(Fleet.Now, members[i].Latency);
            }
        }

        return fleet;
    }

    private sealed record Member(double Weight, bool IsExcluded, int Leases, int Latency);
}
