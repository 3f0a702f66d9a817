using System.Diagnostics.Metrics;
using ClientLb.Admission;
using ClientLb.Balancing;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Health.Checks;
using ClientLb.Telemetry;

namespace ClientLb.Clusters;

/// <summary>
/// A named group of interchangeable endpoints, as this process sees it: one per name, shared by all clients. One loop writes, everyone
/// reads the snapshot.
/// </summary>
public sealed class Cluster : IHealthListener, IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(1);

    private readonly ClusterServices _services;
    private readonly ClusterLoop _loop;
    private readonly SourceWatch _watch;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _resolved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _createdAt;
    private Task _running = Task.CompletedTask;
    private volatile ClusterSnapshot _snapshot;
    private volatile DiscoveryState _discovery = DiscoveryState.Initial;
    private int _disposed;

    internal Cluster(string name, ClusterOptions options, IEndpointSource source, ClusterServices services)
    {
        Name = name;
        _services = services;
        _createdAt = services.Clock.Now;
        _snapshot = new ClusterSnapshot(0, options);
        Budget = new RetryBudget(options.RetryBudget);
        Judge = new HealthJudge(options.OutlierDetection, services.Clock, services.Random, this);
        Checker = new ActiveChecker(name, Judge.Checks, new CheckServices(services.Clock, services.Random, services.Metrics, services.Logger, services.CheckGate));
        _loop = new ClusterLoop(this, services);
        _watch = new SourceWatch(this, source, new EndpointQuery(name) { Service = options.Service ?? name }, services, _loop);
    }

    /// <summary>The name. Names ignore case.</summary>
    public string Name { get; }

    /// <summary>What is known now.</summary>
    public ClusterSnapshot Snapshot => _snapshot;

    /// <summary>How the cluster stands with its source.</summary>
    public DiscoveryState Discovery
    {
        get => _discovery;
        internal set => _discovery = value;
    }

    /// <summary>The retry budget, shared by all clients of the cluster.</summary>
    public RetryBudget Budget { get; }

    /// <summary>The clock of the cluster.</summary>
    public MonotonicClock Clock => _services.Clock;

    /// <summary>Time since the source last confirmed its list; <see langword="null"/> before the first list.</summary>
    public TimeSpan? DiscoveryAge => Discovery is { Freshness: not null } known ? TimeSpan.FromTicks(Math.Max(0, Clock.Now - known.ConfirmedAt)) : null;

    /// <summary>The present as the loop last saw it: to 0.1 s while calls are in flight, and it costs no look at the clock.</summary>
    internal long CoarseNow => _loop.LastLook;

    internal HealthJudge Judge { get; }

    /// <summary>Its active checks.</summary>
    internal ActiveChecker Checker { get; }

    internal ClusterLoop Loop => _loop;

    internal ClientLbMetrics Metrics => _services.Metrics;

    /// <summary>The snapshot once there is a list.</summary>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <returns>
    /// The snapshot. It is not resolved (<see cref="ClusterSnapshot.IsResolved"/>) when the source has given nothing within
    /// <see cref="ClusterOptions.FirstResolution"/> of the cluster's start: later calls do not wait again.
    /// </returns>
    public ValueTask<ClusterSnapshot> ResolvedAsync(CancellationToken cancellationToken)
    {
        var snapshot = _snapshot;
        return snapshot.IsResolved ? new(snapshot) : WaitAsync(cancellationToken);
    }

    /// <summary>Asks the source for a fresh look.</summary>
    public void Refresh() => _watch.Refresh();

    /// <inheritdoc />
    public void Dispose()
    {
        Stop();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Stop();
        try
        {
            await _running.WaitAsync(StopPatience, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A source that does not heed its token must not hold the process: it is left behind.
        }
    }

    /// <summary>Starts the loop and the watch. Nothing runs in a cluster of a simulation, which steps the loop itself.</summary>
    internal void Start()
    {
        using (ExecutionContext.SuppressFlow())
        {
            _running = Task.WhenAll(Task.Run(_loop.RunAsync), Task.Run(() => _watch.RunAsync(_stop.Token)));
        }
    }

    /// <summary>Puts other options in force. Called when the configuration has changed.</summary>
    internal void Configure(ClusterOptions options) => _loop.Post(options);

    internal void Publish(ClusterSnapshot next)
    {
        _snapshot = next;
        if (next.IsResolved)
        {
            _resolved.TrySetResult();
        }
    }

    internal ILoadBalancingPolicy PolicyFor(ClusterOptions options) =>
        _services.Policies.TryGet(options.Policy, out var policy, out var error) ? policy : throw new InvalidOperationException(error);

    /// <summary>Tells everyone concerned how an attempt ended. The lease is released separately: a body may still be open.</summary>
    internal void Report(in Lease lease, in AttemptReport report)
    {
        var endpoint = lease.Endpoint;
        var load = endpoint.Load;
        switch (report.Kind)
        {
            case OutcomeKind.Success:
                load.NoteAnswer(report.EndedAt);
                load.ObserveLatency(report.EndedAt, report.Duration);
                load.Sample(report.EndedAt, report.Duration);
                Budget.Deposit();
                break;
            case OutcomeKind.Ignored:
                if (report.IsLowerBound)
                {
                    load.ObserveLowerBound(report.EndedAt, report.Duration);
                }

                break;
            case OutcomeKind.Overloaded:
                load.NoteByte(report.EndedAt);
                load.ObservePenalty(report.EndedAt, report.Duration);
                break;
            case OutcomeKind.Failure:
                if (report.StatusCode != 0)
                {
                    load.NoteByte(report.EndedAt);
                }

                load.ObservePenalty(report.EndedAt, report.Duration);
                break;
            case OutcomeKind.NotSent:
                load.ObservePenalty(report.EndedAt, report.Duration);
                break;
            default:
                throw new InvalidOperationException($"Unknown outcome {report.Kind}.");
        }

        if (lease.IsProbation && report.Kind is OutcomeKind.Ignored or OutcomeKind.Overloaded)
        {
            endpoint.Health.FreeProbation();
        }

        Judge.OnOutcome(endpoint, report);
        var picker = _snapshot.Picker;
        if (picker.ObservesOutcomes)
        {
            picker.OnOutcome(endpoint, report);
        }

        if (_services.Metrics.AttemptsEnabled)
        {
            _services.Metrics.Attempt(Name, endpoint.Id, ClusterReporter.TagOf(report.Kind), report.Duration / (double)MonotonicClock.TicksPerSecond);
        }
    }

    /// <summary>An answer that counted as a success broke off in its body: it becomes a failure, once.</summary>
    internal void ReportBrokenBody(in Lease lease)
    {
        var now = Clock.Now;
        lease.Endpoint.Load.ObservePenalty(now, now - lease.StartedAt);
        Judge.OnOutcome(lease.Endpoint, new AttemptReport(OutcomeKind.Failure, Evidence.BodyBroken, lease.StartedAt, now));
    }

    /// <summary>An endpoint has said in the trailers of an answer how loaded it is: after the outcome, which it does not change.</summary>
    internal void ReportLoad(in Lease lease, in LoadReport load)
    {
        var picker = _snapshot.Picker;
        if (picker.ObservesOutcomes)
        {
            picker.OnOutcome(lease.Endpoint, new AttemptReport(OutcomeKind.Ignored, Evidence.None, lease.StartedAt, Clock.Now) { Load = load });
        }
    }

    void IHealthListener.OnHealthChanged(Endpoint endpoint, HealthStatus from, HealthStatus to)
    {
        ClusterReporter.Report(this, _services, endpoint, to);
        if (to.State == HealthState.Ejected && to.IsHard)
        {
            // The registry may know more by now.
            Refresh();
        }

        _loop.PostHealthChanged();
    }

    void IHealthListener.OnResting(Endpoint endpoint, long until)
    {
        _services.Logger.Resting(Name, endpoint.ToString(), TimeSpan.FromTicks(until - Clock.Now));
        _loop.PostHealthChanged();
    }

    void IHealthListener.OnCheckChanged(Endpoint endpoint, CheckStatus from, CheckStatus to)
    {
        ClusterReporter.Report(this, _services, endpoint, from, to);
        _loop.PostHealthChanged();
    }

    void IHealthListener.OnDetected(Endpoint endpoint, Detector detector, Guard guard) =>
        _services.Metrics.Detected(Name, endpoint.Id, ClusterReporter.TagOf(detector), ClusterReporter.TagOf(guard));

    void IHealthListener.OnEjectionPrevented(Endpoint endpoint, string reason, string guard) =>
        _services.Logger.EjectionPrevented(Name, endpoint.ToString(), reason, guard);

    internal IEnumerable<Measurement<long>> MeasureInFlight() => _snapshot.Endpoints.Select(endpoint => new Measurement<long>(
        endpoint.Load.InFlight, new KeyValuePair<string, object?>(ClientLbTelemetry.ClusterTag, Name), new(ClientLbTelemetry.EndpointTag, endpoint.Id)));

    internal IEnumerable<Measurement<long>> MeasureEndpoints() => _loop.CountStates().Select(state => new Measurement<long>(
        state.Value, new KeyValuePair<string, object?>(ClientLbTelemetry.ClusterTag, Name), new(ClientLbTelemetry.StateTag, state.Key)));

    private async ValueTask<ClusterSnapshot> WaitAsync(CancellationToken cancellationToken)
    {
        var left = _snapshot.Options.FirstResolution - TimeSpan.FromTicks(Clock.Now - _createdAt);
        if (left > TimeSpan.Zero)
        {
            try
            {
                await _resolved.Task.WaitAsync(left, Clock.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // The caller sees that the snapshot is not resolved, and says so with the source's last error.
            }
        }

        return _snapshot;
    }

    private void Stop()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _stop.Cancel();
        _loop.Stop();
        Checker.Dispose();
        foreach (var endpoint in _snapshot.Endpoints)
        {
            endpoint.Resources.DisposeAll();
        }
    }
}
