using ClientLb.Balancing;

namespace ClientLb.Tests.Balancing;

public sealed class BoundedLoadTests
{
    private const ulong HotKey = 42;

    public static TheoryData<string> Hashing => Policies.Hashing;

    [Theory]
    [MemberData(nameof(Hashing))]
    public void Nobody_holds_more_than_the_factor_times_its_share(string policy)
    {
        foreach (var weights in new double[][] { [1, 1, 1, 1], [5, 3, 2], [.. Enumerable.Repeat(1.0, 100)], [.. Enumerable.Range(1, 300).Select(i => (double)i)] })
        {
            foreach (var factor in new[] { 1.05, 1.25, 2 })
            {
                // One key for half of the calls: without a bound its endpoint would get them all.
                Fill(new Fleet(weights), policy, factor, i => i % 2 == 0 ? HotKey : (ulong)i);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Hashing))]
    public void Single_key_overflows_along_its_own_order(string policy)
    {
        var fleet = Fleet.OfEqual(5);
        var unbound = fleet.Compile(policy);
        var order = new List<int>();
        while (order.Count < 5)
        {
            order.Add(Fleet.OwnerOf(unbound, HotKey, [.. order.Select(i => fleet[i])]));
        }

        var picker = fleet.CompileOpen(policy, Enumerable.Range(0, 5), boundedLoad: 1.25);
        for (var i = 0; i < 200; i++)
        {
            var owner = Fleet.OwnerOf(picker, HotKey);
            var limit = 1.25 * (i + 1) / 5;
            Assert.Equal(order.First(member => fleet[member].Load.InFlight < limit), owner);
            fleet.Hold(owner, 1);
        }
    }

    [Theory]
    [MemberData(nameof(Hashing))]
    public void While_nobody_is_over_the_bound_keys_stay_where_they_belong(string policy)
    {
        var fleet = Fleet.OfEqual(20);
        Assert.Equal(
            Fleet.Owners(fleet.Compile(policy), 2_000),
            Fleet.Owners(fleet.CompileOpen(policy, Enumerable.Range(0, 20), boundedLoad: 1.25), 2_000));
    }

    [Theory]
    [MemberData(nameof(Hashing))]
    public void Where_only_full_ones_are_left_the_first_of_the_key_is_picked(string policy)
    {
        var fleet = Fleet.OfEqual(3);
        fleet.Hold(0, 10);
        fleet.Hold(1, 10);
        var picker = fleet.CompileOpen(policy, [0, 1, 2], boundedLoad: 1.1);

        var owners = Fleet.Owners(picker, 100, fleet[2]);

        Assert.Equal(Fleet.Owners(fleet.Compile(policy), 100, fleet[2]), owners);
    }

    private static void Fill(Fleet fleet, string policy, double factor, Func<int, ulong> keyOf)
    {
        var picker = fleet.CompileOpen(policy, Enumerable.Range(0, fleet.Count), boundedLoad: factor);
        var total = fleet.Members.Sum(member => member.Weight);
        for (var i = 0; i < 1_000; i++)
        {
            // Above 128 members the sum is taken anew after 4 µs for each ten: here before each pick.
            var now = Fleet.Now + (i * TimeSpan.TicksPerMillisecond);
            var picked = picker.Pick(new PickContext(now) { HashKey = keyOf(i), HasHashKey = true })!;
            var index = Fleet.IndexOf(picked);
            fleet.Hold(index, 1);
            Assert.InRange(picked.Load.InFlight, 1, (int)Math.Ceiling((factor * (i + 1) * fleet.Members[index].Weight / total) - 1e-6));
        }
    }
}
