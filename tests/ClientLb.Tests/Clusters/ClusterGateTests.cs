using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Clusters;

public class ClusterGateTests
{
    [Fact]
    public void Cluster_limit_is_kept_and_streams_take_no_place()
    {
        using var cluster = TestCluster.Of(2, new ClusterOptions { Limits = { InFlight = 3 } });
        var leases = Enumerable.Range(0, 3).Select(_ => Take(cluster)!.Value).ToList();
        Assert.Null(Take(cluster));
        Assert.True(cluster.Cluster.Gate.IsFull(cluster.Snapshot));

        var stream = cluster.Cluster.BeginStream(leases[0]);
        Assert.NotNull(Take(cluster));
        Assert.Null(Take(cluster));
        cluster.Cluster.Release(stream);
        Assert.Null(Take(cluster));

        cluster.Cluster.Release(leases[1]);
        Assert.NotNull(Take(cluster));
        Assert.Equal(3, cluster.Cluster.Gate.InFlight);
    }

    [Fact]
    public void Cluster_limit_that_comes_and_goes_counts_only_what_began_under_it()
    {
        using var cluster = TestCluster.Of(2);
        var before = Take(cluster)!.Value;
        Configure(cluster, new ClusterOptions { Limits = { InFlight = 1 } });
        var under = Take(cluster)!.Value;
        Assert.Null(Take(cluster));
        Configure(cluster, new ClusterOptions());
        var after = Take(cluster)!.Value;

        foreach (var lease in new[] { after, under, before })
        {
            cluster.Cluster.Release(lease);
        }

        Assert.Equal((0, 0), (cluster.Cluster.Gate.InFlight, cluster.Snapshot.Endpoints.Sum(endpoint => endpoint.Load.InFlight)));
    }

    [Fact]
    public void No_endpoint_the_place_of_the_cluster_is_given_back()
    {
        using var cluster = TestCluster.Of(1, new ClusterOptions { Limits = { InFlight = 5, EndpointInFlight = 1 } });
        Assert.NotNull(Take(cluster));
        for (var i = 0; i < 10; i++)
        {
            Assert.Null(Take(cluster));
        }

        Assert.Equal(1, cluster.Cluster.Gate.InFlight);
    }

    [Fact]
    public void Lease_that_ends_serves_who_stands_first_and_newcomers_do_not_pass()
    {
        using var cluster = TestCluster.Of(1, new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 2 } });
        var lease = Take(cluster)!.Value;
        var (first, second) = (Join(cluster)!, Join(cluster)!);
        Assert.Null(Join(cluster));

        cluster.Cluster.Release(lease);
        Assert.True(first.Lease.IsCompleted);
        Assert.False(second.Lease.IsCompleted);
        var stream = cluster.Cluster.BeginStream(LeaseOf(first));
        Assert.True(second.Lease.IsCompleted);

        cluster.Cluster.Release(stream);
        Assert.Null(Take(cluster));
        cluster.Cluster.Release(LeaseOf(second));
        Assert.NotNull(Take(cluster));
        Assert.Equal(0, cluster.Cluster.Gate.Waiting);
    }

    [Fact]
    public void Newcomer_does_not_pass_those_who_wait_a_further_attempt_may()
    {
        using var cluster = TestCluster.Of(2, new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 2 } });
        var (one, _) = (Take(cluster)!.Value, Take(cluster)!.Value);
        Join(cluster);

        // The endpoint's own end, past the gate: the place is free and nobody has been told.
        one.Endpoint.Load.Release(one.StartedAt);
        Assert.Null(Take(cluster));
        Assert.NotNull(Take(cluster, isFirst: false));
    }

    [Fact]
    public void Whoever_leaves_the_line_is_not_served_and_whoever_is_served_cannot_leave()
    {
        using var cluster = TestCluster.Of(1, new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 5 } });
        var lease = Take(cluster)!.Value;
        var (first, second) = (Join(cluster)!, Join(cluster)!);

        Assert.True(cluster.Cluster.Gate.TryLeave(first));
        Assert.False(cluster.Cluster.Gate.TryLeave(first));
        cluster.Cluster.Release(lease);

        Assert.False(first.Lease.IsCompleted);
        Assert.True(second.Lease.IsCompleted);
        Assert.False(cluster.Cluster.Gate.TryLeave(second));
    }

    [Fact]
    public void Places_that_no_lease_gave_back_serve_the_line_too()
    {
        using var cluster = TestCluster.Of(1, new ClusterOptions { Limits = { EndpointInFlight = 1, QueueLength = 5 } });
        Take(cluster);
        var waiting = Enumerable.Range(0, 4).Select(_ => Join(cluster)!).ToList();

        cluster.List(TestCluster.Ports(1, 2));
        Assert.Equal([true, false, false, false], waiting.Select(call => call.Lease.IsCompleted));
        Configure(cluster, new ClusterOptions { Limits = { EndpointInFlight = 2, QueueLength = 5 } });
        Assert.Equal([true, true, true, false], waiting.Select(call => call.Lease.IsCompleted));
    }

    [Fact]
    public void Any_sequence_is_first_come_first_served_and_no_place_is_lost()
    {
        var steps = Gen.Choose(0, 4).ListOf().ToArbitrary();
        Prop.ForAll(steps, Gen.Choose(1, 3).ToArbitrary(), Gen.Choose(0, 4).ToArbitrary(), (sequence, limit, total) =>
        {
            using var cluster = TestCluster.Of(2, new ClusterOptions { Limits = { EndpointInFlight = limit, InFlight = total, QueueLength = 6 } });
            var places = total == 0 ? 2 * limit : Math.Min(total, 2 * limit);
            var (line, held) = (new List<WaitingCall>(), new List<Lease>());
            foreach (var step in sequence.SelectMany(step => new[] { 0, step }))
            {
                cluster.Time.Advance(0.001);
                if (step is 0 or 1 && Take(cluster) is { } lease)
                {
                    held.Add(lease);
                }
                else if (step is 0 or 1 && Join(cluster) is { } call)
                {
                    line.Add(call);
                }
                else if (step == 2 && held.Count > 0)
                {
                    cluster.Cluster.Release(held[0]);
                    held.RemoveAt(0);
                }
                else if (step == 3 && line.Count > 0 && cluster.Cluster.Gate.TryLeave(line[line.Count / 2]))
                {
                    line.RemoveAt(line.Count / 2);
                }

                // Those served are the first of the line, without a gap.
                while (line.Count > 0 && line[0].Lease.IsCompleted)
                {
                    held.Add(LeaseOf(line[0]));
                    line.RemoveAt(0);
                }

                if (line.Exists(waiting => waiting.Lease.IsCompleted) || held.Count > places || (line.Count > 0 && held.Count != places)
                    || cluster.Cluster.Gate.Waiting != line.Count || cluster.Snapshot.Endpoints.Sum(endpoint => endpoint.Load.Awaiting) != held.Count)
                {
                    return false;
                }
            }

            held.ForEach(lease => cluster.Cluster.Release(lease));
            return cluster.Cluster.Gate.InFlight == (total == 0 ? 0 : Math.Min(places, line.Count));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task Threads_everybody_is_served_or_leaves_and_no_place_is_lost()
    {
        using var cluster = TestCluster.Of(3, new ClusterOptions { Limits = { EndpointInFlight = 2, InFlight = 5, QueueLength = 1000 } });
        var gate = cluster.Cluster.Gate;
        var (inside, most, served, left, atOnce) = (0, 0, 0, 0, 0);
        var clients = Enumerable.Range(0, 32).Select(number => Task.Run(async () =>
        {
            var random = new SeededRandomSource((ulong)number);
            for (var i = 0; i < 2000; i++)
            {
                var lease = Take(cluster);
                if (lease is null)
                {
                    // Nothing here turns the loop: a wake-up that is lost is a call that waits for ever.
                    var call = Join(cluster)!;
                    if (random.NextDouble() < 0.1 && gate.TryLeave(call))
                    {
                        Interlocked.Increment(ref left);
                        continue;
                    }

                    lease = await call.Lease.WaitAsync(TimeSpan.FromSeconds(60));
                    Interlocked.Increment(ref served);
                }
                else
                {
                    Interlocked.Increment(ref atOnce);
                }

                var count = Interlocked.Increment(ref inside);
                InterlockedMax(ref most, count);
                if (random.NextDouble() < 0.2)
                {
                    await Task.Yield();
                }

                Interlocked.Decrement(ref inside);
                var held = lease.Value;
                if (random.NextDouble() < 0.5)
                {
                    held = cluster.Cluster.BeginStream(held);
                }

                cluster.Cluster.Release(held);
            }
        })).ToArray();

        await Task.WhenAll(clients);

        Assert.Equal(32 * 2000, served + left + atOnce);
        Assert.True(served > 100 && left > 0, $"served {served}, left {left}");
        Assert.InRange(most, 2, 5);
        Assert.Equal((0, 0, 0), (gate.InFlight, gate.Waiting, cluster.Snapshot.Endpoints.Sum(endpoint => endpoint.Load.InFlight)));
        Assert.All(cluster.Snapshot.Endpoints, endpoint => Assert.Equal(0, endpoint.Hot.Streaming));
    }

    private static void InterlockedMax(ref int place, int value)
    {
        var seen = Volatile.Read(ref place);
        while (value > seen)
        {
            var now = Interlocked.CompareExchange(ref place, value, seen);
            if (now == seen)
            {
                return;
            }

            seen = now;
        }
    }

    private static void Configure(TestCluster cluster, ClusterOptions options)
    {
        cluster.Cluster.Configure(options);
        cluster.Pass(0.2);
    }

    private static Lease? Take(TestCluster cluster, bool isFirst = true)
    {
        var snapshot = cluster.Snapshot;
        return cluster.Cluster.Gate.TryLease(ref snapshot, cluster.Clock.Now, true, default, isFirst, out var lease, default) ? lease : null;
    }

    private static Lease LeaseOf(WaitingCall call) => call.Lease.IsCompletedSuccessfully ? call.Lease.Result : throw new InvalidOperationException("It still waits.");

    private static WaitingCall? Join(TestCluster cluster)
    {
        var call = cluster.Cluster.Gate.TryJoin(cluster.Snapshot.Options.Limits.QueueLength, default, true);
        cluster.Cluster.Gate.ServeAnyone();
        return call;
    }
}
