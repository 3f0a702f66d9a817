using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

/// <summary>Attempts on probation that end without a verdict: they are neither repeated without a pause nor without an end.</summary>
public sealed class ProbationTests : IDisposable
{
    private readonly TestCluster _cluster;

    public ProbationTests() => _cluster = OnProbation();

    [Fact]
    public void It_asks_for_rest_there_is_no_other_attempt_before_that_time_is_over()
    {
        End(Take()!.Value, OutcomeKind.Overloaded, Evidence.OverloadStatus, retryAfter: 10);

        Assert.Equal(0, ProbationsIn(_cluster, 9.8));
        Assert.Equal((HealthState.Probation, 1), (_cluster[1].Health.Status.State, _cluster[1].Health.Status.Ejections));
        Assert.Equal(1, ProbationsIn(_cluster, 0.4));
    }

    [Fact]
    public void It_is_well_after_the_rest_it_comes_back_and_its_door_is_open()
    {
        End(Take()!.Value, OutcomeKind.Overloaded, Evidence.OverloadStatus, retryAfter: 2);
        _cluster.Pass(2.1);

        End(Take()!.Value, OutcomeKind.Success, Evidence.None);

        Assert.Equal((HealthState.Healthy, 0L), (_cluster[1].Health.Status.State, _cluster[1].Health.RestUntil));
        Assert.True(_cluster[1].Load.TryAcquire(_cluster.Clock.Now, LeaseRule.Normal));
    }

    [Theory]
    [InlineData(0, 30)]

    // No rest is allowed, or none was asked for: even so not one after another.
    [InlineData(5, 0)]
    [InlineData(0.0000001, 30)]
    public void It_asks_for_rest_each_time_an_attempt_a_second_finds_it_out(double retryAfter, double maxRest)
    {
        using var cluster = OnProbation(new ClusterOptions { OutlierDetection = { MaxRest = TimeSpan.FromSeconds(maxRest) } });

        var probations = ProbationsIn(cluster, 10, lease => End(cluster, lease, OutcomeKind.Overloaded, Evidence.OverloadStatus, retryAfter));

        Assert.InRange(probations, 8, 11);
    }

    [Theory]
    [InlineData(Evidence.CallerCancelled)]
    [InlineData(Evidence.CallTimeout)]
    [InlineData(Evidence.Overtaken)]
    public void Given_up_when_an_answer_was_overdue_it_has_failed(Evidence evidence)
    {
        var lease = Take()!.Value;
        _cluster.Pass(0.6);

        End(lease, OutcomeKind.Ignored, evidence);

        var status = _cluster[1].Health.Status;
        Assert.Equal((HealthState.Ejected, Evidence.AttemptTimeout, 2), (status.State, status.Evidence, status.Ejections));
        Assert.Contains("given up on probation", status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_up_young_the_next_one_waits_and_together_they_fail()
    {
        for (var i = 0; i < 2; i++)
        {
            var lease = Take()!.Value;
            _cluster.Pass(0.2);
            End(lease, OutcomeKind.Ignored, Evidence.CallTimeout);
            Assert.Equal(HealthState.Probation, _cluster[1].Health.Status.State);
            Assert.Equal(0, ProbationsIn(_cluster, 0.9));
            _cluster.Pass(0.2);
        }

        var last = Take()!.Value;
        _cluster.Pass(0.2);
        End(last, OutcomeKind.Ignored, Evidence.CallTimeout);

        Assert.Equal((HealthState.Ejected, 2), (_cluster[1].Health.Status.State, _cluster[1].Health.Status.Ejections));
    }

    [Fact]
    public void Frozen_and_every_call_gives_up_early_few_are_lost_there()
    {
        // As a caller does whose own limit is a quarter of a second: without a verdict each call in turn would be lost there.
        var lost = 0;
        for (var i = 0; i < 240; i++)
        {
            if (Take() is { } lease)
            {
                lost++;
                _cluster.Pass(0.25);
                End(lease, OutcomeKind.Ignored, Evidence.CallTimeout);
            }

            _cluster.Pass(0.25);
        }

        // In a minute: two for each probation, and those are 1, 2, 4, 8 … s apart.
        Assert.InRange(lost, 4, 14);
    }

    [Fact]
    public void Cut_off_by_a_drain_it_has_said_nothing_and_the_next_one_may_come()
    {
        End(Take()!.Value, OutcomeKind.Ignored, Evidence.Drained);

        Assert.NotNull(Take());
    }

    [Fact]
    public void Its_check_fails_there_is_no_probation_and_no_answer_heals()
    {
        var lease = Take()!.Value;
        _cluster.Cluster.Judge.Checks.OnChecked(_cluster[1], CheckState.Failing, Evidence.CheckFailed, "GET /health answered 503");

        // Nor by the snapshot of before.
        _cluster[1].Health.FreeProbation();
        Assert.Null(Take());
        _cluster.Pass(0.2);
        Assert.Empty(_cluster.Snapshot.OnProbation);
        End(lease, OutcomeKind.Success, Evidence.None);
        Assert.Equal(HealthState.Probation, _cluster[1].Health.Status.State);

        _cluster.Cluster.Judge.Checks.OnChecked(_cluster[1], CheckState.Passing, Evidence.None, "GET /health answered 200");
        _cluster.Pass(0.2);
        End(Take()!.Value, OutcomeKind.Success, Evidence.None);
        Assert.Equal(HealthState.Healthy, _cluster[1].Health.Status.State);
    }

    public void Dispose() => _cluster.Dispose();

    private static TestCluster OnProbation(ClusterOptions? options = null)
    {
        // The silence of the other one is not of this test.
        var cluster = TestCluster.Of(2, options);
        cluster.Cluster.Judge.Machine.EjectHard(cluster[1], Evidence.Stalled, cluster.Clock.Now, "silent");
        cluster.Cluster.Judge.Machine.OnSignOfLife(cluster[1], "test");
        cluster.Pass(0.2);
        return cluster;
    }

    private static int ProbationsIn(TestCluster cluster, double seconds, Action<Lease>? end = null)
    {
        var probations = 0;
        for (var i = 0; i < seconds * 10; i++)
        {
            cluster.Pass(0.1);
            if (Take(cluster) is { } lease)
            {
                probations++;
                end?.Invoke(lease);
            }
        }

        return probations;
    }

    private static Lease? Take(TestCluster cluster)
    {
        if (!LeaseSteps.TryLease(cluster.Snapshot, cluster.Clock.Now, mayProbe: true, default, out var lease))
        {
            return null;
        }

        if (lease.IsProbation)
        {
            return lease;
        }

        lease.Endpoint.Load.Release(lease.StartedAt);
        return null;
    }

    private static void End(TestCluster cluster, Lease lease, OutcomeKind kind, Evidence evidence, double retryAfter = 0)
    {
        cluster.Cluster.Report(lease, new AttemptReport(kind, evidence, lease.StartedAt, cluster.Clock.Now) { RetryAfter = TimeSpan.FromSeconds(retryAfter).Ticks });
        lease.Endpoint.Load.Release(lease.StartedAt);
    }

    private Lease? Take() => Take(_cluster);

    private void End(Lease lease, OutcomeKind kind, Evidence evidence, double retryAfter = 0) => End(_cluster, lease, kind, evidence, retryAfter);
}
