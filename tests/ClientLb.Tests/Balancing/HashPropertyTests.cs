using ClientLb.Balancing;
using ClientLb.Endpoints;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Balancing;

public sealed class HashPropertyTests
{
    private static readonly Gen<double> AnyWeight = Gen.OneOf(
        Gen.Choose(1, 10).Select(weight => (double)weight),
        Gen.Choose(1, 1_000_000).Select(weight => weight / 997.0),
        Gen.Elements(0, -1, double.NaN, double.Epsilon, 1e-300, 1e-12, 65_535, 1e300, double.MaxValue, double.PositiveInfinity));

    private static readonly Gen<Member> AnyMember =
        from weight in AnyWeight
        from open in Gen.Elements(true, true, false)
        from excluded in Gen.Elements(true, false, false)
        from leases in Gen.Choose(0, 5)
        select new Member(weight, open, excluded, leases);

    private static readonly Gen<double> AnyBound = Gen.Elements(0, 1.01, 1.25, 3, 100);

    public static TheoryData<string> Hashing => Policies.Hashing;

    [Theory]
    [MemberData(nameof(Hashing))]
    public void Pick_is_always_one_that_may_be_picked_and_never_fails_to_find_one(string policy)
    {
        Prop.ForAll(AnyMember.ListOf().ToArbitrary(), AnyBound.ToArbitrary(), (members, bound) =>
        {
            var fleet = Build([.. members]);
            var open = Enumerable.Range(0, fleet.Count).Where(i => members[i].IsOpen).ToArray();
            var excluded = Enumerable.Range(0, fleet.Count).Where(i => members[i].IsExcluded).Select(i => fleet[i]).ToArray();
            var allowed = open.Where(i => members[i].Weight > 0 && !members[i].IsExcluded).ToHashSet();
            var picker = fleet.CompileOpen(policy, open, boundedLoad: bound);
            for (var key = 0UL; key < 50; key++)
            {
                var owner = Fleet.OwnerOf(picker, key, excluded);
                if (owner < 0 ? allowed.Count > 0 : !allowed.Contains(owner))
                {
                    return false;
                }
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Theory]
    [MemberData(nameof(Hashing))]
    public void Whoever_may_not_be_picked_any_more_moves_its_own_keys_alone(string policy)
    {
        Prop.ForAll(AnyMember.ListOf().ToArbitrary(), Gen.Choose(0, 1_000).ToArbitrary(), (members, seed) =>
        {
            var fleet = Build([.. members]);
            var open = Enumerable.Range(0, fleet.Count).Where(i => members[i].IsOpen).ToArray();
            if (open.Length == 0)
            {
                return true;
            }

            var gone = open[seed % open.Length];
            var before = Fleet.Owners(fleet.CompileOpen(policy, open), 100);
            var after = Fleet.Owners(fleet.CompileOpen(policy, open.Where(i => i != gone)), 100);
            return before.Zip(after).All(pair => pair.First == gone ? pair.Second != gone : pair.First == pair.Second);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Theory]
    [MemberData(nameof(Hashing))]
    public void Without_a_bound_the_load_does_not_matter(string policy)
    {
        Prop.ForAll(AnyMember.ListOf().ToArbitrary(), members =>
        {
            var busy = Build([.. members]);
            var idle = new Fleet([.. members.Select(member => member.Weight)]);
            return Fleet.Owners(busy.Compile(policy), 50).SequenceEqual(Fleet.Owners(idle.Compile(policy), 50));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));
    }

    [Theory]
    [MemberData(nameof(Hashing))]
    public void Many_threads_at_once_meet_no_fault(string policy)
    {
        var fleet = new Fleet([.. Enumerable.Range(1, 300).Select(i => (double)i)]);
        var picker = fleet.CompileOpen(policy, Enumerable.Range(0, 200), boundedLoad: 1.25);
        var wrong = 0;
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, thread =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                var now = Fleet.Now + (i * 100);
                var endpoint = picker.Pick(new PickContext(now) { HashKey = (ulong)((i * 7) + thread), HasHashKey = true })!;
                if (!endpoint.Load.TryAcquire(now, LeaseRule.Normal) || Fleet.IndexOf(endpoint) >= 200)
                {
                    Interlocked.Increment(ref wrong);
                }

                endpoint.Load.Release(now);
            }
        });

        Assert.Equal(0, wrong);
    }

    private static Fleet Build(Member[] members)
    {
        var fleet = new Fleet([.. members.Select(member => member.Weight)]);
        for (var i = 0; i < members.Length; i++)
        {
            fleet.Hold(i, members[i].Leases);
        }

        return fleet;
    }

    private sealed record Member(double Weight, bool IsOpen, bool IsExcluded, int Leases);
}
