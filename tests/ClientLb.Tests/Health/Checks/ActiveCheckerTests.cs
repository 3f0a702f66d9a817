using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Health.Checks;

public class ActiveCheckerTests
{
    [Fact]
    public void Checks_are_off_by_default()
    {
        using var cluster = TestCluster.Of(3);
        var timers = cluster.Time.TimerCount;

        cluster.Pass(20);

        Assert.All(cluster.Snapshot.Endpoints, endpoint => Assert.Equal(CheckState.Unknown, endpoint.Health.Check.State));
        Assert.Equal(timers, cluster.Time.TimerCount);
        Assert.Equal(0, cluster.Log.Count(206));
    }

    [Fact]
    public void Endpoints_of_the_first_list_are_used_until_their_checks_speak()
    {
        using var cluster = CheckedCluster.Of(3);
        cluster.Fails(1);

        Assert.Equal([1, 2, 3], cluster.Inner.Eligible());
        while (cluster.CountOf(1) == 0)
        {
            cluster.Pass(0.1);
        }

        Assert.Equal(CheckState.Unknown, cluster[1].State);
        cluster.Pass(8);
        Assert.Equal(CheckState.Passing, cluster[2].State);
        Assert.Equal(CheckState.Failing, cluster[1].State);
        Assert.Equal([2, 3], cluster.Inner.Eligible());
    }

    [Fact]
    public void Third_failure_in_a_row_is_a_verdict_whose_reason_says_what_where_and_how_often()
    {
        using var cluster = CheckedCluster.Of(3);
        cluster.Pass(10);
        cluster.Fails(2);
        var before = cluster.CountOf(2);

        while (cluster.CountOf(2) < before + 2)
        {
            cluster.Pass(0.1);
        }

        Assert.Equal(CheckState.Passing, cluster[2].State);
        cluster.Pass(1.2);

        Assert.Equal(CheckState.Failing, cluster[2].State);
        Assert.Equal("the check at 10.0.0.1:2 failed (answered 503) three times in a row", cluster[2].Reason);
        Assert.Equal(Evidence.CheckFailed, cluster.Inner[2].Health.Status.Evidence);
    }

    [Fact]
    public void A_suspect_and_a_failing_endpoint_are_looked_at_more_often()
    {
        using var cluster = CheckedCluster.Of(2, options => options.Interval = TimeSpan.FromSeconds(10));
        cluster.Pass(20);
        cluster.Fails(1);
        cluster.Pass(40);

        var times = cluster.Checks.Where(check => check.Port == 1 && check.At > 22).Select(check => check.At).ToList();
        var gaps = times.Zip(times.Skip(1), (one, other) => other - one).ToList();
        Assert.InRange(times.Count, 25, 45);
        Assert.All(gaps.Skip(1), gap => Assert.InRange(gap, 0.85, 1.15));
        Assert.InRange(cluster.CountOf(2), 5, 7);
    }

    [Fact]
    public void A_failing_endpoint_passes_after_two_successes_and_comes_back_by_probation()
    {
        using var cluster = CheckedCluster.Of(3);
        cluster.Pass(5.6);
        cluster.Fails(1);
        cluster.Pass(9);
        Assert.Equal(CheckState.Failing, cluster[1].State);

        // However long it takes: time alone does not bring it back.
        cluster.Pass(60);
        Assert.Equal(HealthState.Ejected, cluster.Inner[1].Health.Status.State);
        cluster.Passes(1);
        var before = cluster.CountOf(1);
        while (cluster.CountOf(1) < before + 1)
        {
            cluster.Pass(0.1);
        }

        Assert.Equal(CheckState.Failing, cluster[1].State);
        cluster.Pass(1.2);

        Assert.Equal(CheckState.Passing, cluster[1].State);
        Assert.Equal("the check at 10.0.0.1:1 passed twice in a row", cluster[1].Reason);
        Assert.NotEqual(HealthState.Ejected, cluster.Inner[1].Health.Status.State);
    }

    [Fact]
    public void A_newcomer_is_pending_until_its_first_pass_and_is_checked_at_once()
    {
        using var cluster = CheckedCluster.Of(2);
        cluster.Fails(3);

        cluster.List(TestCluster.Ports(1, 2, 3));

        Assert.Equal(1, cluster.CountOf(3));
        Assert.Equal(CheckState.Pending, cluster[3].State);
        Assert.Equal([1, 2], cluster.Inner.Eligible());
        cluster.Passes(3);
        cluster.Pass(1.3);
        Assert.Equal(CheckState.Passing, cluster[3].State);
        Assert.Equal([1, 2, 3], cluster.Inner.Eligible());
    }

    [Fact]
    public void A_newcomer_is_never_published_as_eligible_before_its_pass()
    {
        using var cluster = CheckedCluster.Of(2);
        cluster.Hangs = true;

        cluster.Inner.Cluster.Loop.Post(new ClientLb.Discovery.EndpointUpdate(TestCluster.Ports(1, 2, 3), cluster.Inner.Clock.Now));
        cluster.Inner.Cluster.Loop.Step();

        Assert.Contains(cluster.Inner.Snapshot.Endpoints, endpoint => endpoint.Port == 3);
        Assert.DoesNotContain(3, cluster.Inner.Eligible());
    }

    [Fact]
    public void Newcomers_are_used_where_no_other_is_left()
    {
        using var cluster = CheckedCluster.Of(1);
        cluster.Fails(2);

        cluster.List(TestCluster.Ports(2));
        cluster.Pass(0.3);

        Assert.Equal([2], cluster.Inner.Eligible());
    }

    [Fact]
    public void A_degraded_endpoint_keeps_its_place_with_less_weight()
    {
        using var cluster = CheckedCluster.Of(2);
        cluster.Answers(1, HealthCheckResult.Degraded("disk nearly full"));

        cluster.Pass(5.6);

        Assert.Equal(CheckState.Degraded, cluster[1].State);
        Assert.Equal("the check at 10.0.0.1:1 found it degraded (disk nearly full)", cluster[1].Reason);
        Assert.Equal([1, 2], cluster.Inner.Eligible());
        Assert.True(cluster.Inner[1].Health.IsDegraded);
    }

    [Fact]
    public void A_check_that_does_not_end_in_time_has_failed()
    {
        using var cluster = CheckedCluster.Of(2);
        cluster.Pass(5.6);
        cluster.Hangs = true;

        cluster.Pass(18);

        Assert.Equal(CheckState.Failing, cluster[1].State);
        Assert.Equal("the check at 10.0.0.1:1 got no answer in time three times in a row", cluster[1].Reason.Replace("(4 times)", "three times", StringComparison.Ordinal));
    }

    [Fact]
    public void A_check_that_throws_has_failed()
    {
        using var cluster = CheckedCluster.Of(2, static options => options.Check = static (_, _) => throw new InvalidOperationException("No such database."));

        cluster.Pass(9);

        Assert.Equal(CheckState.Failing, cluster[1].State);
        Assert.StartsWith("the check at 10.0.0.1:1 threw InvalidOperationException: No such database", cluster[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void At_most_256_checks_are_in_flight()
    {
        using var cluster = CheckedCluster.Of(1);
        cluster.Hangs = true;

        cluster.List([.. Enumerable.Range(1, 1000).Select(TestCluster.At)]);
        cluster.Pass(0.1);

        Assert.Equal(256, cluster.Waiting);
        Assert.Equal(256, cluster.Inner.Services.CheckGate.InFlight);
        cluster.Finish(100);
        cluster.Pass(0.1);
        Assert.Equal(256, cluster.Waiting);
        Assert.InRange(cluster.Checks.Count, 356, 358);
    }

    [Fact]
    public void Endpoints_that_hang_leave_room_for_the_checks_of_others()
    {
        using var cluster = CheckedCluster.Of(600, static options => options.Failures = 1);
        cluster.Hangs = true;
        cluster.Pass(20);

        // Every one of them is failing by now and is checked again and again.
        Assert.InRange(cluster.Inner.Services.CheckGate.InFlight, 150, 192);
    }

    [Fact]
    public void Draining_and_removed_endpoints_are_not_checked()
    {
        using var cluster = CheckedCluster.Of(3);
        cluster.Pass(6);
        cluster.List(TestCluster.At(1), TestCluster.At(2) with { Weight = 0 });
        var (drained, removed) = (cluster.CountOf(2), cluster.CountOf(3));

        cluster.Pass(20);

        Assert.Equal(drained, cluster.CountOf(2));
        Assert.Equal(removed, cluster.CountOf(3));
        cluster.List(TestCluster.At(1), TestCluster.At(2));
        cluster.Pass(6);
        Assert.True(cluster.CountOf(2) > drained);
    }

    [Fact]
    public void Endpoint_that_is_ordered_to_drain_is_not_checked()
    {
        using var cluster = CheckedCluster.Of(3);
        cluster.Pass(6);
        cluster.Inner.Cluster.Judge.Machine.Order(cluster.Inner[2], new ManualOrder(ManualOrderKind.Drain, long.MaxValue, "test"));
        var before = cluster.CountOf(2);

        cluster.Pass(20);
        Assert.Equal(before, cluster.CountOf(2));
        cluster.Inner.Cluster.Judge.Machine.Order(cluster.Inner[2], null);
        cluster.Pass(6);

        Assert.True(cluster.CountOf(2) > before);
    }

    [Fact]
    public void Checks_switched_off_have_no_say_any_more()
    {
        using var cluster = CheckedCluster.Of(3);
        cluster.Pass(5.6);
        cluster.Fails(1);
        cluster.Pass(9);
        Assert.Equal([2, 3], cluster.Inner.Eligible());

        cluster.Configure(static options => (options.HealthCheck.Check, options.Drain) = (null, TimeSpan.FromSeconds(1)));
        var before = cluster.Checks.Count;
        cluster.Pass(10);

        Assert.Equal(before, cluster.Checks.Count);
        Assert.Equal(CheckState.Unknown, cluster[1].State);
        Assert.NotEqual(HealthState.Ejected, cluster.Inner[1].Health.Status.State);
        Assert.Equal(1, cluster.Inner.Log.Count(207));
    }

    [Fact]
    public void Checks_switched_off_and_on_again_go_on()
    {
        using var cluster = CheckedCluster.Of(3);
        cluster.Pass(6);
        cluster.Configure(static options => (options.HealthCheck.Check, options.Drain) = (null, TimeSpan.FromSeconds(1)));
        cluster.Pass(10);
        cluster.Configure(static options => options.Drain = TimeSpan.FromSeconds(2));
        var before = cluster.Checks.Count;

        cluster.Pass(10);

        Assert.InRange(cluster.Checks.Count - before, 5, 7);
    }

    [Fact]
    public void Checks_switched_on_by_a_reload_leave_everyone_in_until_they_speak()
    {
        using var cluster = TestCluster.Of(3);
        var options = new ClientLb.Clusters.ClusterOptions { Drain = TimeSpan.FromSeconds(1) };
        options.HealthCheck.Check = static (endpoint, _) => new(endpoint.Port == 1 ? HealthCheckResult.Unhealthy() : HealthCheckResult.Healthy);

        cluster.Cluster.Configure(options);
        cluster.Pass(0.3);

        Assert.Equal([1, 2, 3], cluster.Eligible());
        cluster.Pass(10);
        Assert.Equal([2, 3], cluster.Eligible());
    }

    [Fact]
    public void Interval_changed_by_a_reload_is_kept_from_then_on()
    {
        using var cluster = CheckedCluster.Of(2);
        cluster.Pass(10);

        cluster.Configure(static options => options.HealthCheck.Interval = TimeSpan.FromSeconds(20));
        var before = cluster.CountOf(1);
        cluster.Pass(100);

        Assert.InRange(cluster.CountOf(1) - before, 4, 6);
    }

    [Fact]
    public void Checks_are_counted_by_what_they_found()
    {
        var counts = new Dictionary<string, long>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        using var cluster = CheckedCluster.Of(2);
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "clientlb.health_checks")
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            var all = tags.ToArray().ToDictionary(tag => tag.Key, tag => (string?)tag.Value);
            if (ReferenceEquals(all["clientlb.endpoint"], cluster.Inner[1].Id))
            {
                var result = all["clientlb.outcome"]!;
                counts[result] = counts.GetValueOrDefault(result) + value;
            }
        });
        listener.Start();

        cluster.Pass(10);
        cluster.Fails(1);
        cluster.Pass(9);

        Assert.Equal(cluster.CountOf(1), counts["passed"] + counts["failed"]);
        Assert.Equal(2, counts.Count);
    }

    [Fact]
    public void Disposed_cluster_checks_no_more()
    {
        var cluster = CheckedCluster.Of(2);
        cluster.Pass(5);
        cluster.Dispose();
        var before = cluster.Checks.Count;

        cluster.Inner.Time.Advance(20);

        Assert.Equal(before, cluster.Checks.Count);
    }

    [Fact]
    public void Rechecks_that_hang_do_not_keep_a_newcomer_waiting()
    {
        // 300 that fail want 100 checks a second, and the places for such checks give 64.
        using var cluster = CheckedCluster.Of(300);
        cluster.Fails([.. Enumerable.Range(1, 300)]);
        cluster.Pass(20);
        Assert.Equal(CheckState.Failing, cluster[300].State);
        cluster.Hangs = true;
        cluster.Pass(4);
        var most = 0;
        for (var i = 0; i < 80; i++)
        {
            // Places that get free are taken again at the next turn.
            cluster.Pass(0.05);
            most = Math.Max(most, cluster.Inner.Services.CheckGate.InFlight);
        }

        Assert.Equal(192, most);

        cluster.List([.. Enumerable.Range(1, 301).Select(TestCluster.At)]);
        cluster.Pass(0.2);

        Assert.Equal(1, cluster.CountOf(301));
    }
}
