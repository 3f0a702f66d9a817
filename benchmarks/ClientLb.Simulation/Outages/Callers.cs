using System.Runtime.ExceptionServices;
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
/// The clients as they ship: each has a cluster, a wheel of timeouts and a caller of its own, all in virtual time. Calls, leases, reports, health, probes, retries and
/// their budget are the library's; the model's are the network and the servers.
/// </summary>
internal sealed class Callers : IDisposable
{
    // A server's place is its port: the quickest way back from an endpoint.
    private const int FirstPort = 1;

    private readonly World _world;
    private readonly Ledger _ledger;
    private readonly VirtualTime _time;
    private readonly ClientLbMetrics _metrics = new(null);
    private readonly Cluster[] _clusters;
    private readonly TimeoutWheel[] _wheels;
    private readonly ClusterCaller<Call, Answer>[] _callers;
    private readonly CallPlan _plan;
    private readonly CallFunding? _funding;
    private readonly Dictionary<int, (int Client, TaskCompletionSource<bool> Answer)> _probes = [];
    private int _probed;
    private ExceptionDispatchInfo? _bug;

    /// <param name="world">The world.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="outage">What is played.</param>
    /// <param name="ledger">What is told how calls end.</param>
    /// <param name="send">Puts an attempt on its way.</param>
    /// <param name="look">Looks whether attempts of a client have been stopped.</param>
    public Callers(World world, string policy, Outage outage, Ledger ledger, Func<Call, Endpoint, CancellationToken, Task<Answer>> send, Action<int> look)
    {
        _world = world;
        _ledger = ledger;
        _time = new VirtualTime(world);
        var transport = new VirtualTransport(send);
        var random = new SeededRandomSource(world.Policies.NextBits());
        var clock = new MonotonicClock(_time);
        var policies = new LoadBalancingPolicies([new RecallPolicy(1, null)]);
        var source = new StaticEndpointSource("servers", []);
        var (timeouts, retry) = (new TimeoutOptions(), new RetryOptions());
        outage.ConfigureClient(timeouts, retry);
        _plan = new CallPlan(timeouts, retry, _time);
        var clients = world.Cell.Size.Clients;
        _clusters = new Cluster[clients];
        _wheels = new TimeoutWheel[clients];
        _callers = new ClusterCaller<Call, Answer>[clients];
        for (var i = 0; i < clients; i++)
        {
            var client = i;
            var probe = new VirtualProbe((endpoint, answer) => StartProbe(client, endpoint, answer));
            var services = new ClusterServices(clock, new SeededRandomSource(world.Policies.NextBits()), policies, probe, _metrics, NullLogger.Instance);
            var options = new ClusterOptions { Policy = policy };
            outage.Configure(options);
            _time.Arrange(i / (double)clients, () => Step(client));
            _clusters[i] = new Cluster("servers", options, source, services);
            _time.Arrange(i / (double)clients, () => look(client));
            _wheels[i] = new TimeoutWheel(clock);
            _wheels[i].EnsureResolution(_plan.ShortestTimeout);
            _callers[i] = new ClusterCaller<Call, Answer>(_clusters[i], transport, _wheels[i], random, NullLogger.Instance);
        }

        _time.Arrange();
        _funding = outage.IsCallFunded ? new CallFunding(_clusters) : null;
        List(new RegistryStatus[world.Servers.Length]);
    }

    /// <summary>Clients whose cluster is in panic.</summary>
    public int InPanic => _clusters.Count(static cluster => cluster.Snapshot.IsPanic);

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

    public void Fire(int timer, int version) => _time.Fire(timer, version);

    /// <summary>A client makes a call.</summary>
    public void Begin(Call call)
    {
        _funding?.OnCall(call.Client);
        _ = CallAsync(call);
    }

    /// <summary>A tenth of a second is over.</summary>
    public void Tick() => _funding?.Tick();

    /// <summary>Throws what no call may throw.</summary>
    public void ThrowIfBroken() => _bug?.Throw();

    public static int ServerOf(Endpoint endpoint) => endpoint.Port - FirstPort;

    /// <summary>Whether the attempt that is about to be made is the one of a probation: it holds the slot, and nobody else does.</summary>
    public bool IsOnProbation(Endpoint endpoint) =>
        endpoint.Health.Status.State == HealthState.Probation && endpoint.Health.IsProbationTaken(_time.GetTimestamp());

    /// <summary>Ends an attempt: everything that follows from it has happened when this returns.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="answer">The answer; none where it was stopped.</param>
    public void End(Attempt attempt, Answer? answer)
    {
        var endpoint = attempt.Endpoint;
        var (status, rest) = (endpoint.Health.Status, endpoint.Health.RestUntil);
        if (answer is null)
        {
            attempt.SetException(new OperationCanceledException(attempt.Token));
        }
        else
        {
            attempt.SetResult(answer);
        }

        if (!ReferenceEquals(status, endpoint.Health.Status) || rest != endpoint.Health.RestUntil)
        {
            Step(attempt.Call.Client);
        }
    }

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
        Array.ForEach(_wheels, static wheel => wheel.Dispose());
        _metrics.Dispose();
    }

    private async Task CallAsync(Call call)
    {
        var isGood = false;
        try
        {
            isGood = (await _callers[call.Client].CallAsync(call, _plan, isAsync: true, CancellationToken.None).ConfigureAwait(false)).IsGood;
        }
        catch (CallFailedException)
        {
            // That is how a call ends without an answer.
        }
#pragma warning disable CA1031 // Nobody waits for a call: what else it throws is thrown by the run.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _bug ??= ExceptionDispatchInfo.Capture(e);
        }

        _ledger.Ended(call, isGood);
    }

    private void StartProbe(int client, Endpoint endpoint, TaskCompletionSource<bool> answer)
    {
        _probes.Add(++_probed, (client, answer));
        _world.Events.Add(_world.Now + (2 * _world.Network.Delay()), EventKind.Probe, _probed, ServerOf(endpoint));
    }

    private void Step(int client)
    {
        _clusters[client].Loop.Step();
        foreach (var endpoint in _clusters[client].Snapshot.Endpoints)
        {
            _ledger.Note(client, ServerOf(endpoint), endpoint.Health.Status);
        }
    }
}
