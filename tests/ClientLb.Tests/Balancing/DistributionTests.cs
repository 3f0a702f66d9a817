using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Balancing;

public sealed class DistributionTests
{
    private static readonly double[][] Weights =
    [
        [1, 1], [1, 1, 1, 1, 1, 1, 1], [5, 3, 2], [3, 1, 2], [5, 1, 1], [100, 1, 1], [0.7, 0.1, 1.33, 2.91], [4000, 3000, 2999],
        [.. Enumerable.Repeat(1.0, 100)], [.. Enumerable.Range(1, 100).Select(i => Math.Sqrt(i))],
    ];

    public static TheoryData<string> Spreading => Policies.Spreading;

    public static TheoryData<string> Oblivious => Policies.Oblivious;

    public static TheoryData<string> LoadAware => Policies.LoadAware;

    [Theory]
    [MemberData(nameof(Oblivious))]
    public void Oblivious_policy_shares_by_weight(string policy)
    {
        Assert.All(Weights, weights =>
        {
            var fleet = new Fleet(weights);
            Distribution.AssertFits(fleet.CountPicks(fleet.Compile(policy), 60_000), weights);
        });
    }

    [Theory]
    [MemberData(nameof(LoadAware))]
    public void Load_aware_policy_shares_by_weight_while_all_are_idle(string policy)
    {
        Assert.All(Weights, weights =>
        {
            var fleet = new Fleet(weights);
            Distribution.AssertFits(fleet.CountPicks(fleet.Compile(policy), 60_000), weights);
        });
    }

    [Theory]
    [MemberData(nameof(LoadAware))]
    public void Load_aware_policy_shares_by_weight_under_equal_service_times(string policy)
    {
        Assert.All([[1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [5, 3, 2], [3, 1, 2], [5, 1, 1], [0.7, 1.33, 2.91]], (double[] weights) =>
        {
            var counts = Serve(policy, weights, inFlight: 20 * weights.Length, service: _ => TimeSpan.TicksPerMillisecond);
            Distribution.AssertWithin(0.1, counts, weights);
        });
    }

    [Theory]
    [MemberData(nameof(LoadAware))]
    public void Load_aware_policy_sends_a_slow_member_less(string policy)
    {
        var counts = Serve(policy, [1, 1, 1, 1, 1], inFlight: 20, service: i => (i == 2 ? 10 : 1) * TimeSpan.TicksPerMillisecond);

        Assert.InRange(counts[2], 1, counts.Sum() / 5 / 2);
        Distribution.AssertWithin(0.1, [counts[0], counts[1], counts[3], counts[4]], [1, 1, 1, 1]);
    }

    [Theory]
    [MemberData(nameof(Spreading))]
    public void First_picks_of_many_clients_favour_no_member(string policy)
    {
        // Every client starts with nothing in flight: a policy that broke ties by index would send them all to the first member.
        var counts = new int[10];
        for (ulong client = 0; client < 5_000; client++)
        {
            var picker = Fleet.OfEqual(10).Compile(policy, seed: client);
            counts[Fleet.IndexOf(picker.Pick(new PickContext(Fleet.Now))!)]++;
        }

        Distribution.AssertFits(counts, Enumerable.Repeat(1.0, 10).ToArray());
    }

    [Theory]
    [MemberData(nameof(Spreading))]
    public void Equal_members_get_equal_shares_with_the_random_source_of_production(string policy)
    {
        var fleet = Fleet.OfEqual(10);
        var counts = fleet.CountPicks(fleet.Compile(policy, ThreadRandomSource.Instance), 50_000);

        Distribution.AssertWithin(0.1, counts, Enumerable.Repeat(1.0, 10).ToArray());
    }

    [Theory]
    [MemberData(nameof(Spreading))]
    public void Seed_decides_every_pick(string policy)
    {
        int[] Run(ulong seed)
        {
            var picker = new Fleet(1, 2, 3.3, 4).Compile(policy, seed);
            return Enumerable.Range(0, 100).Select(_ => Fleet.IndexOf(picker.Pick(new PickContext(Fleet.Now))!)).ToArray();
        }

        Assert.Equal(Run(7), Run(7));
        Assert.NotEqual(Run(7), Run(8));
    }

    /// <summary>A closed loop in virtual time: so many attempts are always in flight, each ends after its endpoint's service time.</summary>
    private static int[] Serve(string policy, double[] weights, int inFlight, Func<int, long> service)
    {
        var fleet = new Fleet(weights);
        var picker = fleet.Compile(policy);
        var counts = new int[weights.Length];
        var ends = new PriorityQueue<(Endpoint Endpoint, long StartedAt), long>();
        var now = Fleet.Now;
        for (var i = 0; i < 60_000; i++)
        {
            if (ends.Count >= inFlight)
            {
                ends.TryDequeue(out var ended, out var at);
                now = Math.Max(now, at);
                ended.Endpoint.Load.Release(ended.StartedAt);
                ended.Endpoint.Load.ObserveLatency(now, now - ended.StartedAt);
                picker.OnOutcome(ended.Endpoint, new AttemptReport(OutcomeKind.Success, Evidence.None, ended.StartedAt, now));
            }

            now += 10;
            var endpoint = picker.Pick(new PickContext(now))!;
            Assert.True(endpoint.Load.TryAcquire(now, LeaseRule.Normal));
            counts[Fleet.IndexOf(endpoint)]++;
            ends.Enqueue((endpoint, now), now + service(Fleet.IndexOf(endpoint)));
        }

        return counts;
    }
}
