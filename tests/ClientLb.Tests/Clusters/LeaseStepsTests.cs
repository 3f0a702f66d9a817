using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

public class LeaseStepsTests
{
    [Fact]
    public void Lease_endpoint_is_in_use_until_it_is_released()
    {
        using var cluster = TestCluster.Of(1);

        var lease = Take(cluster);

        Assert.Equal(1, cluster[1].Load.InFlight);
        lease!.Value.Endpoint.Load.Release(lease.Value.StartedAt);
        Assert.Equal(0, cluster[1].Load.InFlight);
    }

    [Fact]
    public void Excluded_ones_are_not_taken_and_nothing_is_when_all_are()
    {
        using var cluster = TestCluster.Of(3);

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(3, Take(cluster, excluded: [cluster[1], cluster[2]])!.Value.Endpoint.Port);
        }

        Assert.Null(Take(cluster, excluded: [cluster[1], cluster[2], cluster[3]]));
    }

    [Fact]
    public void Closed_since_the_snapshot_another_one_is_taken()
    {
        using var cluster = TestCluster.Of(3);
        cluster.Refuse(1);
        cluster.Refuse(2);

        // The snapshot does not know it yet: the door does.
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(3, Take(cluster)!.Value.Endpoint.Port);
        }
    }

    [Fact]
    public void All_closed_one_is_taken_all_the_same()
    {
        using var cluster = TestCluster.Of(2);
        cluster.Refuse(1, 2);

        Assert.NotNull(Take(cluster));
    }

    [Fact]
    public void All_of_the_best_priority_are_closed_or_tried_one_of_the_next_is_taken()
    {
        using var cluster = new TestCluster();
        cluster.List(TestCluster.At(1), TestCluster.At(2), TestCluster.At(3) with { Priority = 2 }, TestCluster.At(4) with { Priority = 2 },
            TestCluster.At(5) with { Priority = 5 });
        Assert.Equal([1, 2], cluster.Eligible());
        cluster.Refuse(1);

        // The second one has been tried by this call.
        var taken = new List<int>();
        for (var i = 0; i < 20; i++)
        {
            cluster.Time.Advance(0.0000001);
            taken.Add(Take(cluster, excluded: [cluster[2]])!.Value.Endpoint.Port);
        }

        Assert.Equal([3, 4], taken.Distinct().Order());
        Assert.Equal(5, Take(cluster, excluded: [cluster[2], cluster[3], cluster[4]])!.Value.Endpoint.Port);
    }

    [Fact]
    public void All_closed_and_some_retired_one_that_lives_is_taken()
    {
        using var cluster = TestCluster.Of(3);
        cluster.Refuse(1, 2, 3);
        Assert.True(cluster[1].Load.TryRetire());
        Assert.True(cluster[2].Load.TryRetire());

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(3, Take(cluster)!.Value.Endpoint.Port);
        }
    }

    [Fact]
    public void Probation_is_offered_to_calls_that_may_be_repeated_one_at_a_time()
    {
        using var cluster = TestCluster.Of(3);
        cluster.Refuse(2);
        cluster.ProbesAnswer();
        cluster.Pass(1.2);

        Assert.False(Take(cluster, mayProbe: false)!.Value.IsProbation);
        var first = Take(cluster)!.Value;
        Assert.Equal((2, true), (first.Endpoint.Port, first.IsProbation));
        Assert.False(Take(cluster)!.Value.IsProbation);

        // The attempt is stopped after the stall time, at the next turn of the wheel: until it has said so nobody follows.
        cluster.Time.Advance(1.1);
        Assert.False(Take(cluster)!.Value.IsProbation);

        // An attempt that never says anything does not keep the slot for ever.
        cluster.Time.Advance(1);
        Assert.True(Take(cluster)!.Value.IsProbation);
    }

    [Fact]
    public void Witness_is_one_call_that_may_be_repeated()
    {
        using var cluster = TestCluster.Of(3);
        Assert.True(cluster[2].Load.TryAcquire(cluster.Clock.Now, LeaseRule.Normal));
        for (var i = 0; i < 25; i++)
        {
            cluster[1].Load.NoteAnswer(cluster.Clock.Now);
            cluster.Pass(0.1);
        }

        Assert.True(cluster[2].Health.WantsWitness);
        Assert.NotEqual(2, Take(cluster, mayProbe: false)!.Value.Endpoint.Port);
        Assert.Equal(2, Take(cluster)!.Value.Endpoint.Port);
        Assert.False(cluster[2].Health.WantsWitness);
    }

    [Fact]
    public void A_silent_one_that_no_repeatable_call_came_to_takes_one_of_any_kind()
    {
        using var cluster = TestCluster.Of(2);
        cluster.Cluster.Judge.Machine.EjectHard(cluster[2], Evidence.Stalled, cluster.Clock.Now, "silent");
        cluster.Cluster.Judge.Machine.OnSignOfLife(cluster[2], "test");
        cluster.Pass(0.1);
        Assert.False(Take(cluster, mayProbe: false)!.Value.IsProbation);

        cluster.Pass(5);

        Assert.False(Take(cluster, mayProbe: false, excluded: [cluster[1]]) is { IsProbation: true });
        Assert.True(Take(cluster, mayProbe: false)!.Value.IsProbation);
        Assert.False(Take(cluster, mayProbe: false)!.Value.IsProbation);
    }

    [Fact]
    public void Probation_of_one_that_was_tried_already_is_not_offered()
    {
        using var cluster = TestCluster.Of(2);
        cluster.Refuse(2);
        cluster.ProbesAnswer();
        cluster.Pass(1.2);

        Assert.False(Take(cluster, excluded: [cluster[2]])!.Value.IsProbation);
        Assert.True(Take(cluster)!.Value.IsProbation);
    }

    [Fact]
    public void Anew_an_older_snapshot_whose_endpoints_are_all_gone_is_exchanged()
    {
        using var cluster = TestCluster.Of(2);
        var old = cluster.Snapshot;
        cluster.List(TestCluster.Ports(7));
        cluster.Pass(0.2);
        Assert.All(old.Endpoints, endpoint => Assert.True(endpoint.Load.IsRetired));
        var snapshot = old;

        Assert.False(LeaseSteps.TryLease(snapshot, cluster.Clock.Now, true, default, out _));
        Assert.True(LeaseSteps.TryLeaseAnew(cluster.Cluster, ref snapshot, cluster.Clock.Now, true, default, out var lease));

        Assert.Equal(7, lease.Endpoint.Port);
        Assert.False(LeaseSteps.TryLeaseAnew(cluster.Cluster, ref snapshot, cluster.Clock.Now, true, default, out _));
    }

    [Fact]
    public async Task Churn_leases_in_are_leases_out_and_none_is_had_on_a_retired_endpoint()
    {
        using var cluster = new TestCluster(new ClusterOptions { UnlistedGrace = TimeSpan.Zero });
        cluster.List(TestCluster.Ports(1, 2, 3));
        var seen = new HashSet<Endpoint>();
        using var churning = new ManualResetEventSlim();
        var stop = false;
        var rounds = 0;
        var failures = 0;
        var onRetired = 0;
        var leases = 0;

        // Lists of three of nine endpoints, all replaced at every third, while four threads lease and release.
        var churn = Task.Factory.StartNew(() =>
        {
            for (var i = 0; !Volatile.Read(ref stop); i++)
            {
                churning.Set();
                Volatile.Write(ref rounds, i);
                cluster.Cluster.Loop.Post(new EndpointUpdate(TestCluster.Ports(1 + (i % 9), 1 + ((i + 1) % 9), 1 + ((i + 3) % 9)), cluster.Clock.Now));
                cluster.Time.Advance(0.051);
                cluster.Cluster.Loop.Step();
                seen.UnionWith(cluster.Snapshot.Endpoints);
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        churning.Wait();
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 25_000 || Volatile.Read(ref rounds) < 200; i++)
            {
                var snapshot = cluster.Snapshot;
                if (!LeaseSteps.TryLease(snapshot, cluster.Clock.Now, true, default, out var lease)
                    && !LeaseSteps.TryLeaseAnew(cluster.Cluster, ref snapshot, cluster.Clock.Now, true, default, out lease))
                {
                    Interlocked.Increment(ref failures);
                    continue;
                }

                Interlocked.Increment(ref leases);
                if (lease.Endpoint.Load.IsRetired || lease.Endpoint.Load.InFlight == 0)
                {
                    Interlocked.Increment(ref onRetired);
                }

                cluster.Cluster.Report(lease, new AttemptReport(OutcomeKind.Success, Evidence.None, lease.StartedAt, cluster.Clock.Now));
                lease.Endpoint.Load.Release(lease.StartedAt);
            }
        })).ToArray();

        await Task.WhenAll(callers);
        Volatile.Write(ref stop, true);
        await churn;
        cluster.Pass(1);

        Assert.Equal((0, 0), (failures, onRetired));
        Assert.True(leases >= 100_000);
        Assert.True(seen.Count > 9, $"Only {seen.Count} endpoints lived: nothing was replaced.");
        Assert.All(seen, endpoint => Assert.Equal(0, endpoint.Load.InFlight));
        Assert.All(seen.Except(cluster.Snapshot.Endpoints), endpoint => Assert.True(endpoint.Load.IsRetired));
    }

    private static Lease? Take(TestCluster cluster, bool mayProbe = true, params Endpoint[] excluded) =>
        LeaseSteps.TryLease(cluster.Snapshot, cluster.Clock.Now, mayProbe, excluded, out var lease) ? lease : null;
}
