using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClientLb.Tests.Clusters;

public class ManualOrdersTests
{
    private static readonly string One = "10.0.0.1:1";

    [Fact]
    public void Eject_takes_the_endpoint_out_while_another_is_left_and_only_then()
    {
        using var cluster = TestCluster.Of(2);

        cluster.Cluster.Eject(One, "leaks memory");
        cluster.Pass(0.1);
        Assert.Equal([2], cluster.Eligible());
        Assert.False(cluster[1].Load.TryAcquire(cluster.Clock.Now, LeaseRule.Normal));

        cluster.Cluster.Eject("10.0.0.1:2", "this one too");
        cluster.Pass(0.1);
        Assert.Equal([1, 2], cluster.Eligible());
        Assert.Equal(Eligibility.HardEjected, cluster.Snapshot.Eligibility);
        Assert.Contains("eject until it is restored: leaks memory", cluster.Log.TextOf(220), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ManualOrderKind.Isolate, "isolated")]
    [InlineData(ManualOrderKind.Drain, "draining")]
    public void Isolate_and_drain_hold_where_nothing_else_is_left_and_the_error_says_so(ManualOrderKind kind, string state)
    {
        using var cluster = TestCluster.Of(1);

        Order(cluster.Cluster, kind, One);
        cluster.Pass(0.1);

        Assert.Empty(cluster.Eligible());
        Assert.Equal(1, cluster.Cluster.Loop.CountStates()[state]);
        var error = CallErrors.NoEndpoints(cluster.Cluster, NullLogger.Instance);
        Assert.Equal(CallFailureReason.NoEndpoints, error.Reason);
        Assert.Contains($"10.0.0.1:1 is {state}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ManualOrderKind.Eject)]
    [InlineData(ManualOrderKind.Isolate)]
    [InlineData(ManualOrderKind.Drain)]
    public void Order_with_a_time_to_live_ends_by_itself(ManualOrderKind kind)
    {
        using var cluster = TestCluster.Of(2);

        Order(cluster.Cluster, kind, One, TimeSpan.FromMinutes(5));
        cluster.Pass(0.1);
        var order = Assert.Single(cluster.Cluster.Orders);
        Assert.Equal(One, order.Key);
        Assert.Equal(kind, order.Value.Kind);
        cluster.Pass(299);
        Assert.Equal([2], cluster.Eligible());

        cluster.Pass(1.1);

        Assert.Equal([1, 2], cluster.Eligible());
        Assert.Empty(cluster.Cluster.Orders);
        Assert.Equal(1, cluster.Log.Count(221));
    }

    [Fact]
    public void Order_survives_that_the_endpoint_leaves_the_list_and_comes_back()
    {
        using var cluster = TestCluster.Of(2);
        cluster.Cluster.Isolate(One, "broken disk");
        cluster.Pass(0.1);
        cluster.List(TestCluster.At(2));
        cluster.Pass(1);
        Assert.Equal([2], cluster.Snapshot.Endpoints.Select(endpoint => endpoint.Port));

        cluster.List(TestCluster.At(1), TestCluster.At(2));

        Assert.Equal([2], cluster.Eligible());
        Assert.Equal(ManualOrderKind.Isolate, cluster[1].Health.Order?.Kind);
    }

    [Fact]
    public void Order_belongs_to_the_id_and_holds_at_another_address()
    {
        using var cluster = new TestCluster();
        cluster.List(TestCluster.At(1) with { Id = "dc1/node/a" }, TestCluster.At(2) with { Id = "dc1/node/b" });
        cluster.Cluster.Isolate(One, "bad build");
        cluster.Pass(0.1);
        Assert.Equal(["dc1/node/a"], cluster.Cluster.Orders.Keys);

        cluster.List(TestCluster.At(3) with { Id = "dc1/node/a" }, TestCluster.At(2) with { Id = "dc1/node/b" });

        Assert.Equal([2], cluster.Eligible());
    }

    [Theory]
    [InlineData("10.0.0.1:3")]
    [InlineData("dc1/node/c")]
    public void Order_for_an_endpoint_that_is_yet_to_come_holds_from_its_first_moment(string name)
    {
        using var cluster = TestCluster.Of(2);
        cluster.Cluster.Isolate(name, "not ready", TimeSpan.FromMinutes(1), evenIfUnknown: true);
        cluster.Pass(0.1);

        cluster.List([.. TestCluster.Ports(1, 2), TestCluster.At(3) with { Id = "dc1/node/c" }]);
        Assert.Equal([1, 2], cluster.Eligible());

        cluster.Cluster.Restore("dc1/node/c", "ready");
        cluster.Pass(0.1);
        Assert.Equal([1, 2, 3], cluster.Eligible());
        Assert.Empty(cluster.Cluster.Orders);
    }

    [Fact]
    public void Unknown_endpoint_is_an_error_that_names_the_known_ones()
    {
        using var cluster = TestCluster.Of(2);

        var error = Assert.Throws<ArgumentException>(() => cluster.Cluster.Eject("10.0.0.1:9", "why not"));
        Assert.Contains("'orders' knows no endpoint with the id or address '10.0.0.1:9'. Known are: 10.0.0.1:1, 10.0.0.1:2.", error.Message, StringComparison.Ordinal);
        Assert.Contains("evenIfUnknown", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => cluster.Cluster.Restore("10.0.0.1:9", "why not"));
        cluster.Pass(0.1);
        Assert.Empty(cluster.Cluster.Orders);
    }

    [Fact]
    public void Arguments_that_make_no_sense_are_refused()
    {
        using var cluster = TestCluster.Of(1);

        Assert.Throws<ArgumentException>(() => cluster.Cluster.Eject(" ", "reason"));
        Assert.Throws<ArgumentException>(() => cluster.Cluster.Drain(One, ""));
        Assert.Throws<ArgumentException>(() => cluster.Cluster.Restore(One, " "));
        Assert.Throws<ArgumentOutOfRangeException>(() => cluster.Cluster.Isolate(One, "reason", TimeSpan.Zero));
    }

    [Fact]
    public void Restore_ends_the_order_and_the_ejection_underneath()
    {
        using var cluster = TestCluster.Of(3);
        cluster.Refuse(1);
        cluster.Cluster.Eject(One, "look at it");
        cluster.Pass(0.1);
        Assert.Equal(HealthState.Ejected, cluster[1].Health.Status.State);

        cluster.Cluster.Restore(One, "looked at");
        cluster.Pass(0.1);

        Assert.Equal([1, 2, 3], cluster.Eligible());
        Assert.Equal("restored by order: looked at", cluster[1].Health.Status.Reason);
        Assert.Equal(1, cluster.Log.Count(222));
    }

    [Fact]
    public void Order_hides_health_and_leaves_it_as_it_is()
    {
        using var cluster = TestCluster.Of(3);
        cluster.Refuse(1);
        cluster.Cluster.Isolate(One, "look at it", TimeSpan.FromSeconds(2));
        cluster.Pass(2.5);

        Assert.Equal([2, 3], cluster.Eligible());
        Assert.Null(cluster[1].Health.Order);
        Assert.Equal(HealthState.Ejected, cluster[1].Health.Status.State);
    }

    [Fact]
    public void Later_order_replaces_an_earlier_one()
    {
        using var cluster = TestCluster.Of(2);
        cluster.Cluster.Isolate(One, "first");
        cluster.Cluster.Eject(One, "second");
        cluster.Pass(0.1);

        Assert.Equal("second", Assert.Single(cluster.Cluster.Orders).Value.Reason);
        Assert.Equal(ManualOrderKind.Eject, cluster[1].Health.Order?.Kind);
    }

    [Theory]
    [InlineData(ManualOrderKind.Eject)]
    [InlineData(ManualOrderKind.Isolate)]
    [InlineData(ManualOrderKind.Drain)]
    public void Endpoint_on_probation_gets_no_attempt_while_it_is_under_an_order(ManualOrderKind kind)
    {
        using var cluster = TestCluster.Of(2);
        cluster.Refuse(1);
        cluster.Cluster.Judge.Machine.OnSignOfLife(cluster[1], "a probe answered");
        cluster.Pass(0.1);
        Assert.Equal([1], cluster.Snapshot.OnProbation.Select(endpoint => endpoint.Port));

        Order(cluster.Cluster, kind, One);
        cluster.Pass(0.1);

        Assert.Empty(cluster.Snapshot.OnProbation);
        Assert.True(LeaseSteps.TryLease(cluster.Snapshot, cluster.Clock.Now, mayProbe: true, default, out var lease));
        Assert.Equal(2, lease.Endpoint.Port);
    }

    [Fact]
    public async Task Orders_come_from_any_thread()
    {
        using var cluster = TestCluster.Of(20);
        await Task.WhenAll(Enumerable.Range(1, 20).Select(port => Task.Run(() => cluster.Cluster.Isolate("10.0.0.1:" + port, "all of them"))));
        cluster.Pass(0.1);

        Assert.Equal(20, cluster.Cluster.Orders.Count);
        Assert.Empty(cluster.Eligible());
    }

    private static void Order(Cluster cluster, ManualOrderKind kind, string endpoint, TimeSpan? timeToLive = null)
    {
        switch (kind)
        {
            case ManualOrderKind.Eject:
                cluster.Eject(endpoint, "by order", timeToLive);
                break;
            case ManualOrderKind.Isolate:
                cluster.Isolate(endpoint, "by order", timeToLive);
                break;
            default:
                cluster.Drain(endpoint, "by order", timeToLive);
                break;
        }
    }
}
