using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Clusters;

/// <summary>How the lease finds a place round endpoints that are at their limit.</summary>
public class LeaseLimitTests
{
    private static readonly string[] s_policies =
        ["recall", "peak_ewma", "least_request", "least_connections", "least_response_time", "round_robin", "random", "pick_first", "weighted_by_load", "maglev", "rendezvous"];

    public static TheoryData<string> Policies => [.. s_policies];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Every_place_is_found_and_then_none(string policy)
    {
        using var cluster = TestCluster.Of(5, Limited(3, policy));

        for (var i = 0; i < 15; i++)
        {
            Assert.NotNull(Take(cluster));
        }

        Assert.All(cluster.Snapshot.Endpoints, endpoint => Assert.Equal(3, endpoint.Load.InFlight));
        Assert.Null(Take(cluster));
        Assert.True(LeaseSteps.IsHeldBack(cluster.Snapshot));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void One_place_of_two_hundred_is_found_when_the_tries_are_used_up(string policy)
    {
        using var cluster = TestCluster.Of(200, Limited(1, policy));
        for (var i = 0; i < 200; i++)
        {
            Assert.NotNull(Take(cluster));
        }

        foreach (var port in new[] { 1, 77, 200 })
        {
            cluster[port].Load.Release(cluster.Clock.Now);
            Assert.Equal(port, Take(cluster)!.Value.Endpoint.Port);
            Assert.Null(Take(cluster));
            cluster.Time.Advance(0.001);
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void The_only_one_that_is_open_is_found_among_many_that_were_closed_since_the_snapshot(string policy)
    {
        using var cluster = TestCluster.Of(100, new ClusterOptions { Policy = policy });
        var open = cluster[50];
        cluster.Refuse([.. Enumerable.Range(1, 100).Where(port => port != 50)]);
        Assert.Equal(100, cluster.Snapshot.Eligible.Count);

        for (var i = 0; i < 10; i++)
        {
            Assert.Same(open, Take(cluster)!.Value.Endpoint);
        }
    }

    [Fact]
    public void Places_of_the_next_priority_are_used_when_the_best_is_full()
    {
        using var cluster = new TestCluster(Limited(2, "recall"));
        cluster.List(TestCluster.At(1), TestCluster.At(2) with { Priority = 2 });

        Assert.Equal([1, 1, 2, 2], Enumerable.Range(0, 4).Select(_ => Take(cluster)!.Value.Endpoint.Port));
        Assert.Null(Take(cluster));
    }

    [Fact]
    public void Excluded_ones_are_passed_over_however_free_they_are()
    {
        using var cluster = TestCluster.Of(3, Limited(1, "recall"));
        var (first, second) = (cluster[1], cluster[2]);

        Assert.Equal(3, Take(cluster, first, second)!.Value.Endpoint.Port);
        Assert.Null(Take(cluster, first, second));
        Assert.True(LeaseSteps.IsHeldBack(cluster.Snapshot, [first, second]));
        Assert.False(LeaseSteps.IsHeldBack(cluster.Snapshot, [first, second, cluster[3]]));
    }

    [Fact]
    public void Closed_ones_are_used_in_need_but_for_those_at_their_limit()
    {
        using var cluster = TestCluster.Of(2, Limited(1, "recall"));
        Assert.True(cluster[1].Load.TryAcquire(cluster.Clock.Now, LeaseRule.Normal));
        cluster.Refuse(1, 2);

        Assert.Equal(2, Take(cluster)!.Value.Endpoint.Port);
        Assert.Null(Take(cluster));
    }

    [Fact]
    public void Any_sequence_of_leases_and_ends_never_more_than_the_limit_and_a_place_is_found_where_there_is_one()
    {
        var steps = Gen.Choose(0, 3).ListOf().ToArbitrary();
        Prop.ForAll(steps, Gen.Choose(1, 4).ToArbitrary(), Gen.Choose(1, 6).ToArbitrary(), (sequence, limit, endpoints) =>
        {
            using var cluster = TestCluster.Of(endpoints, Limited(limit, s_policies[sequence.Count % s_policies.Length]));
            var waiting = new Queue<Lease>();
            foreach (var step in sequence.SelectMany(step => new[] { 0, 0, step }))
            {
                cluster.Time.Advance(0.001);
                if (step is 0 or 1)
                {
                    var lease = Take(cluster);
                    if (lease is null != (waiting.Count == limit * endpoints))
                    {
                        return false;
                    }

                    if (lease is { } taken)
                    {
                        waiting.Enqueue(taken);
                    }
                }
                else if (waiting.TryDequeue(out var ended))
                {
                    if (step == 2)
                    {
                        // Its body stays open to the end: no place is taken by it.
                        cluster.Cluster.BeginStream(ended);
                    }
                    else
                    {
                        cluster.Cluster.Release(ended);
                    }
                }

                if (cluster.Snapshot.Endpoints.Any(endpoint => endpoint.Load.Awaiting > limit))
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();
    }

    private static ClusterOptions Limited(int limit, string policy) => new() { Policy = policy, Limits = { EndpointInFlight = limit } };

    private static Lease? Take(TestCluster cluster, params Endpoint[] excluded) =>
        LeaseSteps.TryLease(cluster.Snapshot, cluster.Clock.Now, true, excluded, out var lease) ? lease : null;
}
