using System.Diagnostics.Metrics;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

public class DrainingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static TheoryData<string> Ways => ["weight", "maintenance", "metadata", "order", "removal"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Endpoint_that_drains_gets_nothing_new_finishes_what_it_has_and_says_so(string way)
    {
        using var cluster = TestCluster.Of(2);
        using var rig = new Rig(cluster);
        var endpoint = cluster[1];
        rig.Take(endpoint, 3);
        Drain(cluster, way);

        Assert.Equal([2], cluster.Eligible());
        cluster.Pass(4);
        rig.GiveBack(2);
        cluster.Pass(1);
        Assert.False(rig.IsClosed);
        Assert.Equal(0, cluster.Log.Count(230));
        rig.GiveBack(1);
        cluster.Pass(0.1);

        Assert.True(rig.IsClosed);
        Assert.Equal(1, cluster.Log.Count(230));
        var end = await rig.EndAsync();
        Assert.Same(endpoint, end.Endpoint);
        Assert.Equal((DrainResult.Finished, 3, 0, 0), (end.Result, end.Drained, end.CutOff, end.InFlight));
        Assert.InRange(end.Elapsed.TotalSeconds, 4.9, 5.3);
        Assert.Equal([("finished", 1L)], rig.Counted);
        Assert.Equal(way == "removal", endpoint.Load.IsRetired);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Endpoint_without_anything_in_flight_is_done_at_once(string way)
    {
        using var cluster = TestCluster.Of(2);
        using var rig = new Rig(cluster);
        cluster[1].Resources.Add(rig);

        Drain(cluster, way);

        Assert.True(rig.IsClosed);
        var end = await rig.EndAsync();
        Assert.Equal((DrainResult.Finished, 0, TimeSpan.Zero), (end.Result, end.Drained, end.Elapsed));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Time_is_over_the_rest_goes_on_and_that_is_said_once(string way)
    {
        using var cluster = TestCluster.Of(2);
        using var rig = new Rig(cluster);
        rig.Take(cluster[1], 2);
        Drain(cluster, way);

        cluster.Pass(29);
        Assert.Equal(0, cluster.Log.Count(116));
        cluster.Pass(60);
        Assert.Equal(1, cluster.Log.Count(116));
        Assert.Contains("2 calls in flight", cluster.Log.TextOf(116), StringComparison.Ordinal);
        Assert.False(rig.IsClosed || rig.IsCut);
        rig.GiveBack(2);
        cluster.Pass(0.1);

        Assert.True(rig.IsClosed);
        Assert.Equal([("finished_late", 1L)], rig.Counted);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Time_is_over_the_rest_is_cut_off_where_that_is_asked_attempts_first_and_connections_after_them(string way)
    {
        using var cluster = TestCluster.Of(2, new ClusterOptions { CancelOnDrainTimeout = true, Drain = TimeSpan.FromSeconds(10) });
        using var rig = new Rig(cluster);
        var endpoint = cluster[1];
        rig.Take(endpoint, 3);
        var startedAt = cluster.Clock.Now;
        Drain(cluster, way);
        cluster.Pass(5);
        rig.GiveBack(1);
        cluster.Pass(4.7);
        Assert.Equal(0, endpoint.Health.CutBefore);

        cluster.Pass(0.4);
        Assert.True(endpoint.Health.CutBefore > startedAt);
        Assert.False(rig.IsCut);
        cluster.Pass(0.4);
        Assert.True(rig.IsCut);
        Assert.False(rig.IsClosed);
        rig.GiveBack(2);
        cluster.Pass(0.1);

        Assert.True(rig.IsClosed);
        var end = await rig.EndAsync();
        Assert.Equal((DrainResult.CutOff, 1, 2), (end.Result, end.Drained, end.CutOff));
        Assert.Equal([("cut_off", 1L), ("", 2L)], rig.Counted);
        Assert.Equal(1, cluster.Log.Count(231));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Endpoint_comes_back_the_drain_ends_and_says_what_goes_on(string way)
    {
        using var cluster = TestCluster.Of(2, new ClusterOptions { CancelOnDrainTimeout = true });
        using var rig = new Rig(cluster);
        var endpoint = cluster[1];
        rig.Take(endpoint, 3);
        Drain(cluster, way);
        cluster.Pass(3);
        rig.GiveBack(1);
        cluster.Pass(1);

        if (way == "order")
        {
            cluster.Cluster.Restore("10.0.0.1:1", "never mind");
        }

        cluster.List(TestCluster.Ports(1, 2));

        Assert.Equal([1, 2], cluster.Eligible());
        Assert.Same(endpoint, cluster[1]);
        var end = await rig.EndAsync();
        Assert.Equal((DrainResult.Returned, 1, 0, 2), (end.Result, end.Drained, end.CutOff, end.InFlight));
        cluster.Pass(60);
        Assert.Equal((false, false, 0L), (rig.IsClosed, rig.IsCut, endpoint.Health.CutBefore));
    }

    [Fact]
    public void Endpoint_that_had_drained_comes_back_and_takes_connections_and_calls_again()
    {
        using var cluster = TestCluster.Of(2);
        using var rig = new Rig(cluster);
        var endpoint = cluster[1];
        endpoint.Resources.Add(rig);
        Drain(cluster, "maintenance");
        Assert.True(rig.IsClosed);

        cluster.List(TestCluster.Ports(1, 2));

        Assert.Equal([1, 2], cluster.Eligible());
        Assert.True(endpoint.Load.TryAcquire(cluster.Clock.Now, LeaseRule.Normal));
        using var next = new Rig(cluster);
        endpoint.Resources.Add(next);
        cluster.Pass(1);
        Assert.False(next.IsClosed);
        Assert.Equal(1, cluster.Log.Count(234));
    }

    [Fact]
    public void Connections_that_an_old_snapshot_made_after_the_drain_are_closed_too()
    {
        using var cluster = TestCluster.Of(2);
        var endpoint = cluster[1];
        Drain(cluster, "order");
        using var late = new Rig(cluster);
        late.Take(endpoint, 1, LeaseRule.OverlookAll);
        cluster.Pass(1);
        Assert.False(late.IsClosed);

        late.GiveBack(1);
        cluster.Pass(0.2);

        Assert.True(late.IsClosed);
    }

    [Fact]
    public void Endpoint_that_drains_since_it_came_says_nothing()
    {
        using var cluster = new TestCluster();
        cluster.List(TestCluster.At(1) with { Weight = 0 }, TestCluster.At(2));
        cluster.Pass(1);

        Assert.Equal(0, cluster.Log.Count(230) + cluster.Log.Count(233));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("TRUE", true)]
    [InlineData("false", false)]
    [InlineData("", false)]
    public void Metadata_drains_where_it_says_true(string value, bool drains)
    {
        var descriptor = TestCluster.At(1) with { Metadata = EndpointMetadata.From([new("Drain", value)]) };

        Assert.Equal(drains, descriptor.IsDraining);
    }

    [Fact]
    public void What_was_cut_off_says_nothing_of_the_endpoint()
    {
        using var cluster = TestCluster.Of(2);
        var endpoint = cluster[1];
        var lease = new Lease(endpoint, cluster.Clock.Now, false);
        cluster.Pass(1);
        endpoint.Health.CutBefore = cluster.Clock.Now;

        for (var i = 0; i < 10; i++)
        {
            cluster.Cluster.Report(lease, new AttemptReport(OutcomeKind.Failure, Evidence.Reset, lease.StartedAt, cluster.Clock.Now));
            cluster.Cluster.ReportBrokenBody(lease);
        }

        Assert.Equal((0, HealthState.Healthy, 0f), (endpoint.Health.ConsecutiveFailures, endpoint.Health.Status.State, endpoint.Load.PeakLatency));
        cluster.Fail(1, 5);
        Assert.Equal(HealthState.Ejected, endpoint.Health.Status.State);
    }

    private static void Drain(TestCluster cluster, string way)
    {
        switch (way)
        {
            case "weight":
                cluster.List(TestCluster.At(1) with { Weight = 0 }, TestCluster.At(2));
                break;
            case "maintenance":
                cluster.List(TestCluster.At(1) with { Status = RegistryStatus.Maintenance }, TestCluster.At(2));
                break;
            case "metadata":
                cluster.List(TestCluster.At(1) with { Metadata = EndpointMetadata.From([new("drain", "true")]) }, TestCluster.At(2));
                break;
            case "order":
                cluster.Cluster.Drain("10.0.0.1:1", "a new disk");
                cluster.Pass(0.1);
                break;
            default:
                cluster.List(TestCluster.At(2));
                break;
        }
    }

    /// <summary>Holds leases, stands for the endpoint's connections, and hears of the end.</summary>
    private sealed class Rig : ICutOff, IDisposable
    {
        private readonly List<(Endpoint Endpoint, long At)> _leases = [];
        private readonly TaskCompletionSource<DrainEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly MeterListener _listener = new();
        private readonly TestCluster _cluster;

        // Every meter has the same name: those of other tests count on other threads.
        private readonly int _thread = Environment.CurrentManagedThreadId;

        public Rig(TestCluster cluster)
        {
            _cluster = cluster;
            cluster.Cluster.DrainEnded += (sender, end) => _end.TrySetResult(end);
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name.StartsWith("clientlb.drains", StringComparison.Ordinal))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
            {
                if (Environment.CurrentManagedThreadId != _thread)
                {
                    return;
                }

                var reason = "";
                foreach (var tag in tags)
                {
                    reason = tag.Key == "clientlb.reason" ? (string)tag.Value! : reason;
                }

                Counted.Add((reason, value));
            });
            _listener.Start();
        }

        public bool IsClosed { get; private set; }

        public bool IsCut { get; private set; }

        public List<(string Reason, long Value)> Counted { get; } = [];

        public Task<DrainEnd> EndAsync() => _end.Task.WaitAsync(Patience);

        public void Take(Endpoint endpoint, int count, LeaseRule rule = LeaseRule.Normal)
        {
            for (var i = 0; i < count; i++)
            {
                Assert.True(endpoint.Load.TryAcquire(_cluster.Clock.Now, rule));
                _leases.Add((endpoint, _cluster.Clock.Now));
            }

            endpoint.Resources.Add(this);
        }

        public void GiveBack(int count)
        {
            for (var i = 0; i < count; i++)
            {
                _leases[^1].Endpoint.Load.Release(_leases[^1].At);
                _leases.RemoveAt(_leases.Count - 1);
            }
        }

        public void CutOff() => IsCut = true;

        public void Dispose()
        {
            IsClosed = true;
            _listener.Dispose();
        }
    }
}
