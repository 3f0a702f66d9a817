using System.Collections.Immutable;
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
    private ImmutableArray<IOutcomeObserver> _observers = [];
    private int _disposed;

    internal Cluster(string name, ClusterOptions options, IEndpointSource source, ClusterServices services, EndpointQuery? query = null, string? host = null)
    {
        Name = name;
        _services = services;
        _createdAt = services.Clock.Now;
        _snapshot = new ClusterSnapshot(0, options);
        Budget = new RetryBudget(options.RetryBudget);
        Judge = new HealthJudge(options.OutlierDetection, services.Clock, services.Random, this);
        Adaptive = new AdaptiveLimit(name, services.Clock, services.Logger);
        Gate = new ClusterGate(this);
        Breaker = new ClusterBreaker(name, options.Breaker, services.Clock, services.Logger);
        SettingsName = query?.Cluster ?? name;
        Checker = new ActiveChecker(name, Judge.Checks, new CheckServices(services.Clock, services.Random, services.Metrics, services.Logger, services.CheckGate) { Host = host });
        _loop = new ClusterLoop(this, services);
        _watch = new SourceWatch(this, source, query ?? new EndpointQuery(name) { Service = options.Service ?? name }, services, _loop);
    }

    /// <summary>The name. Names ignore case.</summary>
    public string Name { get; }

    /// <summary>The name that its settings have: without what selects a part of it.</summary>
    internal string SettingsName { get; }

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

    /// <summary>The breaker over its calls: off, and closed, unless <see cref="BreakerOptions.Enabled"/> says otherwise.</summary>
    public ClusterBreaker Breaker { get; }

    /// <summary>The clock of the cluster.</summary>
    public MonotonicClock Clock => _services.Clock;

    /// <summary>
    /// The orders in force, by the endpoint's id. An order that was given for an address which no known endpoint had is listed by that.
    /// </summary>
    public IReadOnlyDictionary<string, ManualOrder> Orders => _loop.Orders.InForce;

    /// <summary>
    /// An endpoint that drained has nothing in flight any more, was cut off, or came back into use. Raised on a thread of the pool. One that drains since it was
    /// first listed tells nothing.
    /// </summary>
    public event EventHandler<DrainEnd>? DrainEnded;

    /// <summary>Time since the source last confirmed its list; <see langword="null"/> before the first list.</summary>
    public TimeSpan? DiscoveryAge => Discovery is { Freshness: not null } known ? TimeSpan.FromTicks(Math.Max(0, Clock.Now - known.ConfirmedAt)) : null;

    /// <summary>The present as the loop last saw it: to 0.1 s while calls are in flight, and it costs no look at the clock.</summary>
    internal long CoarseNow => _loop.LastLook;

    internal HealthJudge Judge { get; }

    /// <summary>What bounds endpoints.</summary>
    internal AdaptiveLimit Adaptive { get; }

    /// <summary>What bounds the cluster, and who waits.</summary>
    internal ClusterGate Gate { get; }

    /// <summary>The time in which hardly any attempt is answered.</summary>
    internal AnswerFloor AnswerFloor { get; } = new();

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

    /// <summary>
    /// Takes an endpoint out, as hard evidence does: it gets nothing new while any other is left. It is in force for new calls about a tenth of a second later,
    /// goes before all that checks, traffic and the registry say, and replaces any earlier order for it. From any thread.
    /// </summary>
    /// <param name="endpoint">The endpoint's id or <c>host:port</c>.</param>
    /// <param name="reason">Why: it stands in the log and in <see cref="Orders"/>.</param>
    /// <param name="timeToLive">After which time the order ends by itself; <see langword="null"/>: with <see cref="Restore"/> only.</param>
    /// <param name="evenIfUnknown">True: the order waits for the endpoint where none is known by that name.</param>
    /// <exception cref="ArgumentException">No endpoint is known by that name; the message names those that are.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time to live is not above 0.</exception>
    public void Eject(string endpoint, string reason, TimeSpan? timeToLive = null, bool evenIfUnknown = false) =>
        Order(ManualOrderKind.Eject, endpoint, reason, timeToLive, evenIfUnknown);

    /// <summary>
    /// Takes an endpoint out for good: it gets nothing new, not even where no other is left, so that calls fail rather than go there. Otherwise as
    /// <see cref="Eject"/>.
    /// </summary>
    /// <inheritdoc cref="Eject" path="/param"/>
    /// <inheritdoc cref="Eject" path="/exception"/>
    public void Isolate(string endpoint, string reason, TimeSpan? timeToLive = null, bool evenIfUnknown = false) =>
        Order(ManualOrderKind.Isolate, endpoint, reason, timeToLive, evenIfUnknown);

    /// <summary>
    /// Drains an endpoint, as weight 0 does: it gets nothing new and finishes what it has, for which it has <see cref="ClusterOptions.Drain"/>. Otherwise as
    /// <see cref="Eject"/>.
    /// </summary>
    /// <inheritdoc cref="Eject" path="/param"/>
    /// <inheritdoc cref="Eject" path="/exception"/>
    public void Drain(string endpoint, string reason, TimeSpan? timeToLive = null, bool evenIfUnknown = false) =>
        Order(ManualOrderKind.Drain, endpoint, reason, timeToLive, evenIfUnknown);

    /// <summary>
    /// Ends any order for an endpoint, and whatever ejection or rest it is under: it is healthy at once, until its checks or its answers say otherwise. What the
    /// registry says stays. From any thread.
    /// </summary>
    /// <param name="endpoint">The endpoint's id or <c>host:port</c>, as in the order.</param>
    /// <param name="reason">Why: it stands in the log.</param>
    /// <exception cref="ArgumentException">Neither an endpoint nor an order is known by that name.</exception>
    public void Restore(string endpoint, string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(endpoint);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        _loop.PostRestore(endpoint, reason);
    }

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

    /// <summary>A snapshot is in force. On the loop's own thread: who listens takes note and does what follows elsewhere.</summary>
    internal event Action<ClusterSnapshot>? Published;

    internal void Publish(ClusterSnapshot next)
    {
        _snapshot = next;
        Published?.Invoke(next);
        if (next.IsResolved)
        {
            _resolved.TrySetResult();
        }
    }

    /// <summary>Tells somebody of outcomes, beside those who hear of them anyway.</summary>
    internal void Observe(IOutcomeObserver observer) => ImmutableInterlocked.Update(ref _observers, static (all, one) => all.Add(one), observer);

    internal void Forget(IOutcomeObserver observer) => ImmutableInterlocked.Update(ref _observers, static (all, one) => all.Remove(one), observer);

    internal ILoadBalancingPolicy PolicyFor(ClusterOptions options) =>
        _services.Policies.TryGet(options.Policy, out var policy, out var error) ? policy : throw new InvalidOperationException(error);

    /// <summary>Tells everyone concerned how an attempt ended. The lease is released separately: a body may still be open.</summary>
    internal void Report(in Lease lease, in AttemptReport report)
    {
        var endpoint = lease.Endpoint;
        var load = endpoint.Load;
        if (report.Kind is OutcomeKind.Failure or OutcomeKind.NotSent && lease.StartedAt < endpoint.Health.CutBefore)
        {
            // We have cut it off: that says nothing of the endpoint.
            Report(lease, new AttemptReport(OutcomeKind.Ignored, Evidence.Drained, report.StartedAt, report.EndedAt));
            return;
        }

        OutcomeBooks.Enter(load, report, Budget);
        if (lease.IsProbation && report.Kind is OutcomeKind.Ignored or OutcomeKind.Overloaded)
        {
            Judge.Machine.OnUnsettled(endpoint, report, _snapshot.ProbationTicks);
        }

        Judge.OnOutcome(endpoint, report);
        Adaptive.OnOutcome(endpoint, report);
        var picker = _snapshot.Picker;
        if (picker.ObservesOutcomes)
        {
            picker.OnOutcome(endpoint, report);
        }

        foreach (var observer in _observers)
        {
            observer.OnOutcome(endpoint, report);
        }

        if (_services.Metrics.AttemptsEnabled)
        {
            _services.Metrics.Attempt(Name, endpoint.Id, ClusterReporter.TagOf(report.Kind), report.Duration / (double)MonotonicClock.TicksPerSecond);
        }
    }

    /// <summary>The head of an answer has come and its body stays open: it takes no place any more. Release the lease that is returned.</summary>
    internal Lease BeginStream(in Lease lease)
    {
        if (lease.IsStream)
        {
            return lease;
        }

        lease.Endpoint.Load.BeginStream();
        Gate.OnPlaceFree(lease);
        return lease with { IsCounted = false, IsStream = true };
    }

    /// <summary>Ends a lease.</summary>
    internal void Release(in Lease lease)
    {
        lease.Endpoint.Load.Release(lease.StartedAt, lease.IsStream);
        Gate.OnPlaceFree(lease);
    }

    /// <summary>An answer that counted as a success broke off in its body: it becomes a failure, once.</summary>
    internal void ReportBrokenBody(in Lease lease, Evidence evidence = Evidence.BodyBroken, int status = 0)
    {
        if (lease.StartedAt < lease.Endpoint.Health.CutBefore)
        {
            return;
        }

        var now = Clock.Now;
        lease.Endpoint.Load.ObservePenalty(now, now - lease.StartedAt);
        Judge.OnOutcome(lease.Endpoint, new AttemptReport(OutcomeKind.Failure, evidence, lease.StartedAt, now) { IsDowngrade = true, StatusCode = status });
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

    internal void OnDrainEnded(DrainEnd end)
    {
        if (DrainEnded is { } handlers)
        {
            // Not on the loop's own thread: who listens may take its time, or throw.
            ThreadPool.QueueUserWorkItem(static told => ClusterReporter.Tell(told.handlers, told.cluster, told.end, told.Logger), (handlers, cluster: this, end, _services.Logger), preferLocal: false);
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

    private void Order(ManualOrderKind kind, string endpoint, string reason, TimeSpan? timeToLive, bool evenIfUnknown)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(endpoint);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeToLive ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(timeToLive));
        var now = Clock.Now;
        var until = timeToLive is { } time && time.Ticks < long.MaxValue - now ? now + time.Ticks : long.MaxValue;
        _loop.Post(endpoint, new ManualOrder(kind, until, reason), evenIfUnknown);
    }

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
