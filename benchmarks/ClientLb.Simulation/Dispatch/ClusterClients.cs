using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Simulation.Model;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClientLb.Simulation.Dispatch;

/// <summary>
/// What this library does: every client has a cluster of its own. Its loop turns when its timer fires in virtual time, and at once when the
/// health of an endpoint has changed.
/// </summary>
internal sealed class ClusterClients : Dispatcher, IDisposable
{
    // A server's place is its port: the quickest way back from an endpoint.
    private const int FirstPort = 1;
    private const int NormalWeight = 12;

    private readonly Cluster[] _clusters;
    private readonly LoopTime _time;
    private readonly ClientLbMetrics _metrics = new(null);
    private readonly bool _isRepeatable;
    private readonly bool _hasHeader;

    public ClusterClients(World world, string policy)
        : base(world)
    {
        var variations = world.Cell.Variations;
        _isRepeatable = variations.Repeatable;
        _hasHeader = variations.Header;
        _time = new LoopTime(world);
        var clock = new MonotonicClock(_time);
        var policies = new LoadBalancingPolicies([Recall(world, variations.Shards)]);
        var source = new StaticEndpointSource("servers", []);
        _clusters = new Cluster[world.Cell.Size.Clients];
        for (var i = 0; i < _clusters.Length; i++)
        {
            var random = new SeededRandomSource(world.Policies.NextBits());
            var services = new ClusterServices(clock, random, policies, ListeningProbe.Instance, _metrics, NullLogger.Instance);
            _clusters[i] = new Cluster("servers", Options(policy, variations), source, services);
        }

        ServersJoined();
    }

    public override void Hear(in Request request, Ending ending)
    {
        ref readonly var lease = ref request.Lease;
        var endpoint = lease.Endpoint;
        var cluster = _clusters[request.Client];
        var before = endpoint.Health.Status;
        var now = _time.GetTimestamp();
        cluster.Report(lease, ending switch
        {
            Ending.Answer => new AttemptReport(OutcomeKind.Success, Evidence.None, lease.StartedAt, now)
            {
                StatusCode = 200,
                Load = _hasHeader ? new LoadReport { InFlight = request.Reported } : default,
            },
            Ending.Error => new AttemptReport(OutcomeKind.Failure, Evidence.ErrorStatus, lease.StartedAt, now) { StatusCode = 500 },
            _ => new AttemptReport(OutcomeKind.Failure, Evidence.AttemptTimeout, lease.StartedAt, now),
        });
        endpoint.Load.Release(lease.StartedAt);
        if (!ReferenceEquals(before, endpoint.Health.Status))
        {
            cluster.Loop.Step();
        }
    }

    public override void ServersJoined()
    {
        var list = new EndpointDescriptor[World.Live];
        for (var i = 0; i < list.Length; i++)
        {
            var weight = World.Cell.Variations.Weights ? (int)Math.Round(NormalWeight * World.Servers[i].OwnSpeed) : 1;
            list[i] = new EndpointDescriptor("10.0.0.1", FirstPort + i) { Weight = weight };
        }

        foreach (var cluster in _clusters)
        {
            cluster.Loop.Post(new EndpointUpdate(list, _time.GetTimestamp()));
            cluster.Loop.Step();
        }
    }

    public override void TurnLoop(int client, int version)
    {
        if (_time.TryFire(client, version))
        {
            _clusters[client].Loop.Step();
        }
    }

    public void Dispose()
    {
        Array.ForEach(_clusters, static cluster => cluster.Dispose());
        _metrics.Dispose();
    }

    protected override bool TryChoose(int request, ref Request what)
    {
        if (!LeaseSteps.TryLease(_clusters[what.Client].Snapshot, _time.GetTimestamp(), _isRepeatable, [], out what.Lease))
        {
            return false;
        }

        what.Server = what.Lease.Endpoint.Port - FirstPort;
        return true;
    }

    private static RecallPolicy Recall(World world, int shards)
    {
        if (shards == 1)
        {
            return new RecallPolicy(shards, null);
        }

        // A call's answer may come back on any thread, so its outcome goes to another part than its pick.
        var chance = new Chance(world.Policies.NextBits());
        return new RecallPolicy(shards, () => chance.Next(shards));
    }

    private static ClusterOptions Options(string policy, Variations variations)
    {
        var options = new ClusterOptions { Policy = policy };
        if (!variations.Health)
        {
            // Without this hard evidence would still count: the balancer alone is to be seen.
            options.OutlierDetection.Enabled = false;
            options.OutlierDetection.StallTime = TimeSpan.FromMinutes(5);
            options.Limits.Adaptive.Enabled = false;
        }

        return options;
    }
}
