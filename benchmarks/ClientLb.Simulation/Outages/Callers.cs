using System.Runtime.InteropServices;
using ClientLb.Balancing;
using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Simulation.Dispatch;
using ClientLb.Simulation.Model;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClientLb.Simulation.Outages;

/// <summary>
/// The clients as they ship: each has a cluster, whose loop turns in virtual time, and makes its calls by the library's own leases, reports and rules of
/// retries. Only what a call's task does in between (wait, send, look at its deadline twenty times a second) is the model's.
/// </summary>
internal sealed class Callers : IDisposable
{
    // A server's place is its port: the quickest way back from an endpoint.
    private const int FirstPort = 1;

    private readonly World _world;
    private readonly Ledger _ledger;
    private readonly LoopTime _time;
    private readonly ClientLbMetrics _metrics = new(null);
    private readonly Cluster[] _clusters;
    private readonly IRandomSource _random;
    private readonly CallPlan _plan;
    private readonly CallTraits _traits;
    private readonly Dictionary<int, (int Client, TaskCompletionSource<bool> Answer)> _probes = [];
    private int _probed;

    public Callers(World world, string policy, Outage outage, Ledger ledger)
    {
        _world = world;
        _ledger = ledger;
        _time = new LoopTime(world);
        _traits = outage.IsRepeatable ? CallTraits.RepeatableAndReplayable : CallTraits.Replayable;
        _random = new SeededRandomSource(world.Policies.NextBits());
        var clock = new MonotonicClock(_time);
        var policies = new LoadBalancingPolicies([new RecallPolicy(1, null)]);
        var source = new StaticEndpointSource("servers", []);
        _clusters = new Cluster[world.Cell.Size.Clients];
        for (var i = 0; i < _clusters.Length; i++)
        {
            var client = i;
            var probe = new VirtualProbe((endpoint, answer) => StartProbe(client, endpoint, answer));
            var services = new ClusterServices(clock, new SeededRandomSource(world.Policies.NextBits()), policies, probe, _metrics, NullLogger.Instance);
            var options = new ClusterOptions { Policy = policy };
            outage.Configure(options);
            _clusters[i] = new Cluster("servers", options, source, services);
        }

        _plan = new CallPlan(new TimeoutOptions(), new RetryOptions(), _time);
        List(new RegistryStatus[world.Servers.Length]);
    }

    /// <summary>Clients whose cluster is in panic.</summary>
    public int InPanic => _clusters.Count(static cluster => cluster.Snapshot.IsPanic);

    public long AttemptTicks => _plan.AttemptTicks;

    public bool MayGiveUp => _traits == CallTraits.RepeatableAndReplayable;

    /// <summary>A new list from the registry, for every client at the same moment.</summary>
    public void List(IReadOnlyList<RegistryStatus> said)
    {
        var list = said.Select(static (status, i) => new EndpointDescriptor("10.0.0.1", FirstPort + i) { Status = status }).ToArray();
        for (var client = 0; client < _clusters.Length; client++)
        {
            _clusters[client].Loop.Post(new EndpointUpdate(list, _time.GetTimestamp()));
            Step(client);
        }
    }

    public void Turn(int client, int version)
    {
        if (_time.TryFire(client, version))
        {
            Step(client);
        }
    }

    /// <summary>Takes an endpoint for an attempt, as the library's caller does.</summary>
    /// <param name="call">The call.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="limit">How long the attempt may take, in ticks.</param>
    public bool TryLease(Call call, out Lease lease, out long limit)
    {
        var cluster = _clusters[call.Client];
        var snapshot = cluster.Snapshot;
        var now = _time.GetTimestamp();
        limit = _plan.AttemptTicks;
        if (call.Retries is not { } retries)
        {
            var found = LeaseSteps.TryLease(snapshot, now, MayGiveUp, [], out lease)
                || LeaseSteps.TryLeaseAnew(cluster, ref snapshot, now, MayGiveUp, [], out lease);
            limit = lease.IsProbation ? Math.Min(snapshot.ProbationTicks, limit) : limit;
            return found;
        }

        var tried = CollectionsMarshal.AsSpan(retries.Tried);
        return LeaseSteps.TryLease(snapshot, now, false, tried, out lease)
            || LeaseSteps.TryLeaseAnew(cluster, ref snapshot, now, false, tried, out lease)
            || LeaseSteps.TryLease(cluster.Snapshot, now, false, [], out lease);
    }

    /// <summary>Reports how an attempt has ended.</summary>
    /// <returns>Whether another one follows, and after how many seconds.</returns>
    public (bool Follows, double Delay) Hear(Call call, in Lease lease, AttemptEnd end)
    {
        var endpoint = lease.Endpoint;
        var cluster = _clusters[call.Client];
        var (status, rest) = (endpoint.Health.Status, endpoint.Health.RestUntil);
        var now = _time.GetTimestamp();
        var (verdict, cause) = Read(end);
        var age = now - lease.StartedAt;
        cluster.Report(lease, new AttemptReport(verdict.Kind, verdict.Evidence, lease.StartedAt, now)
        {
            StatusCode = verdict.StatusCode,
            IsLowerBound = cause != StopCause.None && age > Math.Max(MonotonicClock.TicksPerSecond, 5 * (long)endpoint.Load.PeakLatency),
        });
        endpoint.Load.Release(lease.StartedAt);
        if (!ReferenceEquals(status, endpoint.Health.Status) || rest != endpoint.Health.RestUntil)
        {
            _ledger.Note(call.Client, ServerOf(lease), endpoint.Health.Status);
            Step(call.Client);
        }

        if (verdict.Kind != OutcomeKind.Success)
        {
            call.Retries ??= new RetryState(
                cluster, _plan, _traits, default, Ticks(call.StartedAt) + _plan.CallTicks, _random, NullLogger.Instance);
        }

        if (call.Retries is not { } retries)
        {
            return (false, 0);
        }

        var follows = retries.Decide(new AttemptResult(null, null, verdict, cause, endpoint, TimeSpan.FromTicks(age), CanSendAgain: true));
        if (!follows)
        {
            retries.End();
        }

        return (follows, follows ? retries.Delay.TotalSeconds : 0);
    }

    public static int ServerOf(in Lease lease) => lease.Endpoint.Port - FirstPort;

    public long Ticks(double seconds) => _time.GetTimestamp() + (long)((seconds - _world.Now) * TimeSpan.TicksPerSecond);

    /// <summary>The answer to a probe has come.</summary>
    public void EndProbe(int probe, bool answered)
    {
        _probes.Remove(probe, out var what);
        what.Answer.SetResult(answered);
        Step(what.Client);
    }

    public void Dispose()
    {
        Array.ForEach(_clusters, static cluster => cluster.Dispose());
        _metrics.Dispose();
    }

    private void StartProbe(int client, Endpoint endpoint, TaskCompletionSource<bool> answer)
    {
        _probes.Add(++_probed, (client, answer));
        _world.Events.Add(_world.Now + (2 * _world.Network.Delay()), EventKind.Probe, _probed, endpoint.Port - FirstPort);
    }

    private void Step(int client)
    {
        _clusters[client].Loop.Step();
        foreach (var endpoint in _clusters[client].Snapshot.Endpoints)
        {
            _ledger.Note(client, endpoint.Port - FirstPort, endpoint.Health.Status);
        }
    }

    private static (AttemptVerdict Verdict, StopCause Cause) Read(AttemptEnd end) => end switch
    {
        AttemptEnd.Answer => (new(OutcomeKind.Success, Evidence.None, default, 200), StopCause.None),
        AttemptEnd.Error => (new(OutcomeKind.Failure, Evidence.ErrorStatus, default, 500), StopCause.None),
        AttemptEnd.Refused => (new(OutcomeKind.NotSent, Evidence.Refused), StopCause.None),
        AttemptEnd.Reset => (new(OutcomeKind.Failure, Evidence.Reset), StopCause.None),
        AttemptEnd.Timeout => (new(OutcomeKind.Failure, Evidence.AttemptTimeout), StopCause.AttemptTimeout),
        _ => (new(OutcomeKind.Failure, Evidence.Stalled), StopCause.Stalled),
    };
}
