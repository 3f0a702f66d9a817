using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

public class ClusterLoopTests
{
    [Fact]
    public void List_that_its_source_calls_incomplete_keeps_those_that_answered()
    {
        using var cluster = TestCluster.Of(3);
        cluster.Answer(1);

        cluster.Cluster.Loop.Post(new EndpointUpdate(TestCluster.Ports(2, 3), cluster.Clock.Now) { IsIncomplete = true });
        cluster.Pass(100);

        Assert.Equal(1, Assert.Single(cluster.Snapshot.Unlisted).Port);
        Assert.Contains(1, cluster.Eligible());
    }

    [Fact]
    public void Post_first_list_is_published_at_once()
    {
        using var cluster = new TestCluster();
        cluster.Pass(1);
        Assert.False(cluster.Snapshot.IsResolved);

        cluster.Cluster.Loop.Post(Update(cluster, 1, 2));
        cluster.Cluster.Loop.Step();

        Assert.True(cluster.Snapshot.IsResolved);
        Assert.Equal([1, 2], cluster.Eligible());
    }

    [Fact]
    public void Nothing_known_yet_nothing_is_said_of_missing_endpoints()
    {
        using var cluster = new TestCluster();

        cluster.Pass(5);

        Assert.Equal(0, cluster.Snapshot.Version);
        Assert.Empty(cluster.Log.Lines);
    }

    [Fact]
    public void Publications_are_at_most_twenty_a_second_and_the_last_list_wins()
    {
        using var cluster = TestCluster.Of(1);
        var before = cluster.Snapshot.Version;

        for (var i = 0; i < 1000; i++)
        {
            cluster.Cluster.Loop.Post(Update(cluster, 1, 2 + (i % 2)));
            cluster.Cluster.Loop.Step();
            cluster.Time.Advance(0.001);
        }

        cluster.Pass(0.2);
        Assert.InRange(cluster.Snapshot.Version - before, 10, 22);
        Assert.Equal([1, 3], cluster.Eligible());
    }

    [Fact]
    public void Nothing_changes_nothing_is_published()
    {
        using var cluster = TestCluster.Of(2);
        var before = cluster.Snapshot;

        cluster.List(TestCluster.Ports(1, 2));
        cluster.Pass(60);

        Assert.Same(before, cluster.Snapshot);
    }

    [Fact]
    public void Post_confirmation_right_behind_a_new_list_does_not_swallow_it()
    {
        using var cluster = TestCluster.Of(1);

        cluster.Cluster.Loop.Post(Update(cluster, 1, 2));
        cluster.Cluster.Loop.Post(Update(cluster, 1, 2) with { Freshness = UpdateFreshness.Unchanged });
        cluster.Cluster.Loop.Step();

        Assert.Equal([1, 2], cluster.Eligible());
    }

    [Fact]
    public void Ejection_follows_into_the_snapshot_and_back()
    {
        using var cluster = TestCluster.Of(3);

        cluster.Refuse(2);
        cluster.Pass(0.1);
        Assert.Equal([1, 3], cluster.Eligible());
        cluster.ProbesAnswer();
        cluster.Pass(1.2);
        Assert.Equal(HealthState.Probation, cluster[2].Health.Status.State);
        Assert.Single(cluster.Snapshot.OnProbation);
        cluster.Answer(2);
        cluster.Pass(0.1);

        Assert.Equal([1, 2, 3], cluster.Eligible());
        Assert.Equal((1, 1, 1), (cluster.Log.Count(200), cluster.Log.Count(201), cluster.Log.Count(202)));
    }

    [Fact]
    public void Rest_ends_by_itself()
    {
        using var cluster = TestCluster.Of(2);
        cluster.Report(1, OutcomeKind.Overloaded, Evidence.OverloadStatus);
        cluster.Pass(0.1);
        Assert.Equal([2], cluster.Eligible());

        cluster.Pass(1.1);

        Assert.Equal([1, 2], cluster.Eligible());
    }

    [Fact]
    public void Registry_says_critical_then_passing_an_ejected_endpoint_comes_to_probation_at_once()
    {
        using var cluster = TestCluster.Of(2);
        cluster.Refuse(1);
        cluster.List(TestCluster.At(1) with { Status = RegistryStatus.Critical }, TestCluster.At(2));
        Assert.Equal(HealthState.Ejected, cluster[1].Health.Status.State);

        cluster.List(TestCluster.At(1), TestCluster.At(2));

        Assert.Equal(HealthState.Probation, cluster[1].Health.Status.State);
        Assert.Contains("the registry says that it passes again", cluster[1].Health.Status.Reason, StringComparison.Ordinal);
    }

    /// <summary>A call that waited there when it froze would keep it unused long after it thawed.</summary>
    [Fact]
    public void Registry_says_critical_then_passing_what_was_learned_of_latencies_meanwhile_is_forgotten()
    {
        using var cluster = TestCluster.Of(2);
        cluster.List(TestCluster.At(1) with { Status = RegistryStatus.Critical }, TestCluster.At(2));
        cluster[1].Load.ObserveLatency(cluster.Clock.Now, TimeSpan.FromSeconds(7).Ticks);
        cluster.Pass(0.1);
        Assert.NotEqual(0, cluster[1].Load.PeakLatency);

        cluster.List(TestCluster.At(1), TestCluster.At(2));

        Assert.Equal((HealthState.Healthy, 0), (cluster[1].Health.Status.State, cluster[1].Load.PeakLatency));
    }

    [Fact]
    public void Removed_with_a_lease_finishes_first_and_is_retired_then()
    {
        using var cluster = TestCluster.Of(2);
        var leaving = cluster[1];
        Assert.True(leaving.Load.TryAcquire(cluster.Clock.Now, LeaseRule.Normal));
        var closed = false;
        leaving.Resources.Add(new Closing(() => closed = true));

        cluster.List(TestCluster.At(2));
        cluster.Pass(5);
        Assert.Equal([2], cluster.Eligible());
        Assert.Contains(leaving, cluster.Snapshot.Endpoints);
        Assert.False(closed);
        leaving.Load.Release(cluster.Clock.Now);
        cluster.Pass(0.3);

        Assert.True(leaving.Load.IsRetired);
        Assert.True(closed);
        Assert.DoesNotContain(leaving, cluster.Snapshot.Endpoints);
    }

    [Fact]
    public void Whole_list_replaced_within_the_gap_the_old_endpoints_serve_until_the_new_ones_are_published()
    {
        using var cluster = TestCluster.Of(2);
        cluster.Cluster.Loop.Post(Update(cluster, 1, 2, 3));
        cluster.Cluster.Loop.Step();
        Assert.Equal([1, 2, 3], cluster.Eligible());

        cluster.Cluster.Loop.Post(Update(cluster, 7, 8));
        cluster.Cluster.Loop.Step();

        Assert.All(cluster.Snapshot.Eligible, endpoint => Assert.False(endpoint.Load.IsRetired));
        Assert.True(LeaseSteps.TryLease(cluster.Snapshot, cluster.Clock.Now, false, default, out _));
    }

    [Fact]
    public void A_policy_that_throws_once_does_not_end_the_loop_and_the_old_snapshot_stays()
    {
        var policy = new Moody();
        using var cluster = new TestCluster(new ClusterOptions { Policy = "moody" }, policies: policy);
        cluster.List(TestCluster.Ports(1));
        policy.Fails = true;
        cluster.Cluster.Loop.Post(Update(cluster, 1, 2));

        Assert.Throws<InvalidOperationException>(cluster.Cluster.Loop.Step);
        Assert.Equal([1], cluster.Eligible());
        policy.Fails = false;
        cluster.Pass(0.1);

        Assert.Equal([1, 2], cluster.Eligible());
    }

    [Fact]
    public void Guards_do_not_count_endpoints_that_leave()
    {
        using var cluster = TestCluster.Of(2);
        Assert.True(cluster[2].Load.TryAcquire(cluster.Clock.Now, LeaseRule.Normal));
        cluster.List(TestCluster.Ports(1));

        cluster.Fail(1, 20);

        Assert.Equal(HealthState.Healthy, cluster[1].Health.Status.State);
    }

    [Fact]
    public void Retry_budget_grows_with_the_rate_of_successes()
    {
        using var cluster = TestCluster.Of(1);

        for (var i = 0; i < 10; i++)
        {
            cluster.Answer([.. Enumerable.Repeat(1, 100)]);
            cluster.Pass(0.5);
        }

        // 200 a second x 10 s x 0.2.
        Assert.InRange(cluster.Cluster.Budget.Cap, 300, 500);
    }

    [Fact]
    public void States_name_every_state_that_metrics_and_messages_show()
    {
        using var cluster = TestCluster.Of(5);
        cluster.List([TestCluster.At(1), TestCluster.At(2) with { Weight = 0 }, TestCluster.At(3) with { Status = RegistryStatus.Critical }, TestCluster.At(4), TestCluster.At(5)]);
        cluster.Refuse(4);
        cluster.Report(5, OutcomeKind.Overloaded, Evidence.OverloadStatus);
        cluster.Pass(0.1);

        Assert.Equal(
            ["healthy", "draining", "critical", "ejected", "resting"],
            cluster.Cluster.Loop.States().OrderBy(state => state.Endpoint.Port).Select(state => state.State));
    }

    private static EndpointUpdate Update(TestCluster cluster, params int[] ports) => new(TestCluster.Ports(ports), cluster.Clock.Now);

    private sealed class Closing(Action close) : IDisposable
    {
        public void Dispose() => close();
    }

    private sealed class Moody : ILoadBalancingPolicy
    {
        public bool Fails { get; set; }

        public string Name => "moody";

        public Picker CreatePicker(in PickerInput input) =>
            Fails ? throw new InvalidOperationException("not today") : new RandomPolicy().CreatePicker(input);
    }
}
