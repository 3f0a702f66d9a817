using System.Threading.Channels;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Telemetry;

namespace ClientLb.Clusters;

/// <summary>
/// The one writer of a cluster. Anyone may post (a list, options, "health has changed"); only <see cref="Step"/> changes what is known and
/// publishes. Publications are at most twenty a second; the first after a pause is immediate.
/// </summary>
internal sealed class ClusterLoop : IDisposable
{
    private static readonly long MinPublicationGap = TimeSpan.FromMilliseconds(50).Ticks;
    private static readonly TimeSpan BusyTick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan IdleTick = TimeSpan.FromSeconds(1);

    private readonly Cluster _cluster;
    private readonly ClusterServices _services;
    private readonly EndpointTable _table;
    private readonly HealthTurn _health;
    private readonly ManualOrders _orders;
    private readonly Draining _draining;
    private readonly Newcomers _newcomers;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _timer;
    private EndpointUpdate? _update;
    private ClusterOptions? _options;
    private int _healthChanged;
    private bool _dirty;
    private bool _resolved;
    private bool _outdated;
    private long _firstListAt = long.MaxValue;
    private long _publishedAt = long.MinValue / 2;
    private long _lastTotal = -1;
    private bool _isSlow;
    private long _lastLook;

    public ClusterLoop(Cluster cluster, ClusterServices services)
    {
        _cluster = cluster;
        _services = services;
        _table = new EndpointTable(services.Clock);
        _health = new HealthTurn(cluster, services, _stop.Token);
        _orders = new ManualOrders(cluster, services);
        _draining = new Draining(cluster, services);
        _newcomers = new Newcomers(cluster, services);
        _lastLook = services.Clock.Now;
        using (ExecutionContext.SuppressFlow())
        {
            _timer = services.Clock.TimeProvider.CreateTimer(static state => ((ClusterLoop)state!).Wake(), this, BusyTick, BusyTick);
        }
    }

    public ManualOrders Orders => _orders;

    public Newcomers Newcomers => _newcomers;

    /// <summary>When the last turn was, in ticks.</summary>
    public long LastLook => Volatile.Read(ref _lastLook);

    /// <summary>The list from the source; of several that come before the next step, the latest counts.</summary>
    public void Post(EndpointUpdate update)
    {
        if (update.Freshness == UpdateFreshness.Unchanged && Volatile.Read(ref _update) is { } waiting)
        {
            // It confirms a list that no step has seen yet: that one is still news. If a step takes it just now, it gets the same list twice.
            update = update with { Freshness = waiting.Freshness };
        }

        Interlocked.Exchange(ref _update, update);
        Wake();
    }

    public void Post(ClusterOptions options)
    {
        Interlocked.Exchange(ref _options, options);
        Wake();
    }

    /// <summary>What somebody orders for an endpoint.</summary>
    /// <exception cref="ArgumentException">No endpoint is known by that name.</exception>
    public void Post(string endpoint, ManualOrder order, bool evenIfUnknown)
    {
        _orders.Post(endpoint, order, evenIfUnknown);
        Wake();
    }

    /// <summary>The end of what was ordered for an endpoint.</summary>
    /// <exception cref="ArgumentException">Neither an endpoint nor an order is known by that name.</exception>
    public void PostRestore(string endpoint, string reason)
    {
        _orders.PostRestore(endpoint, reason);
        Wake();
    }

    public void PostHealthChanged()
    {
        Interlocked.Exchange(ref _healthChanged, 1);
        Wake();
    }

    public async Task RunAsync()
    {
        try
        {
            while (await _wake.Reader.WaitToReadAsync(_stop.Token).ConfigureAwait(false))
            {
                _wake.Reader.TryRead(out _);
                StepSafely();
            }
        }
        catch (OperationCanceledException)
        {
            // The cluster ends.
        }
    }

    public void Stop()
    {
        _timer.Dispose();
        _stop.Cancel();
    }

    public void Dispose()
    {
        _timer.Dispose();
        _stop.Dispose();
    }

    /// <summary>How many endpoints are in which state: every state is named, so that a gauge falls to 0.</summary>
    public IReadOnlyDictionary<string, int> CountStates()
    {
        var counts = new Dictionary<string, int>
        {
            ["healthy"] = 0, ["unlisted"] = 0, ["resting"] = 0, ["probation"] = 0, ["ejected"] = 0, ["critical"] = 0, ["draining"] = 0,
            ["degraded"] = 0, ["pending"] = 0, ["isolated"] = 0,
        };
        foreach (var (_, state) in States())
        {
            counts[state]++;
        }

        return counts;
    }

    /// <summary>Every live endpoint with its state in a word.</summary>
    public IReadOnlyList<(Endpoint Endpoint, string State)> States()
    {
        var snapshot = _cluster.Snapshot;
        return [.. snapshot.Endpoints.Select(endpoint => (endpoint,
            ClusterReporter.StateOf(endpoint, snapshot.Leaving.Contains(endpoint), snapshot.Unlisted.Contains(endpoint))))];
    }

    /// <summary>One turn: takes in what was posted, does what is due, publishes if anything has changed.</summary>
    internal void Step()
    {
        var now = _services.Clock.Now;
        Volatile.Write(ref _lastLook, now);
        var snapshot = _cluster.Snapshot;
        var options = snapshot.Options;
        if (Interlocked.Exchange(ref _options, null) is { } posted && !ClusterOptions.Schema.IsSame(posted, options))
        {
            options = posted;
            _dirty = true;
        }

        var changes = new TableChanges();
        var isFirst = _firstListAt == long.MaxValue;
        if (Interlocked.Exchange(ref _update, null) is { } update)
        {
            changes = TakeIn(update, options);
        }

        _table.ReviewUnlisted(options.UnlistedGrace, now, changes);

        // Before anything that may throw, a logger or a listener: the table has changed, and the next turn must publish it.
        _dirty |= changes.Any;
        var ordered = _orders.Look(_table.Endpoints, changes.Any, now);
        if (ordered || changes.Any)
        {
            Greet(_draining.Review(_table.Endpoints, _table.Leaving, now), isFirst ? [] : changes.Added);
        }

        _dirty |= ordered;
        _dirty |= _health.Look(_table.Endpoints, options, now);
        _cluster.Adaptive.Look(_table.Endpoints, _health.IsSomeoneOut, now);
        if (changes.Any)
        {
            ClusterReporter.Report(_cluster, _services, changes);
        }

        if (Interlocked.Exchange(ref _healthChanged, 0) != 0)
        {
            _dirty = true;
        }

        _outdated |= snapshot.Picker.IsOutdated(now);
        _dirty |= _outdated || SlowStart.IsDue(snapshot, _publishedAt, now);
        if (_dirty && now - _publishedAt >= MinPublicationGap)
        {
            Publish(options, now);
        }
        else if (!ReferenceEquals(options, snapshot.Options))
        {
            // Not yet published: keep them for the next turn unless newer ones have come.
            Interlocked.CompareExchange(ref _options, options, null);
        }

        if (!_dirty)
        {
            _draining.Look(options, now);
            Retire();
        }

        // A new endpoint, a limit that was lifted: places that no lease gave back.
        _cluster.Gate.ServeAnyone();
        SetPace(_dirty || AnythingHappens());
    }

    /// <summary>Those of the first list are not held: there is nobody else whom calls could go to meanwhile.</summary>
    private void Greet(List<Endpoint> back, List<Endpoint> added)
    {
        foreach (var endpoint in back.Union(added))
        {
            if (!_draining.Contains(endpoint))
            {
                _newcomers.Greet(endpoint);
            }
        }
    }

    /// <summary>Only while what is known is published: no picker names them any more, and whoever has an older snapshot finds a newer one.</summary>
    private void Retire()
    {
        var changes = new TableChanges();
        _table.RetireIdle(changes);
        if (changes.Any)
        {
            _dirty = true;
            ClusterReporter.Report(_cluster, _services, changes);
            changes.Retired.ForEach(static endpoint => endpoint.Resources.DisposeAll());
            _draining.Forget(changes.Retired);
        }
    }

    private void StepSafely()
    {
        try
        {
            Step();
        }
#pragma warning disable CA1031 // A loop that ends would freeze the cluster: a policy's bug in one turn must not.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ClusterLog.LoopFailed(_services.Logger, e, _cluster.Name);
        }
    }

    private TableChanges TakeIn(EndpointUpdate update, ClusterOptions options)
    {
        if (update.Freshness == UpdateFreshness.Unchanged && _resolved)
        {
            return new TableChanges();
        }

        var changes = _table.Apply(update.Endpoints, options.UnlistedGrace, update.IsIncomplete);
        if (_firstListAt == long.MaxValue && _table.Endpoints.Length > 0)
        {
            _firstListAt = _services.Clock.Now;
        }

        foreach (var (endpoint, before) in changes.Updated)
        {
            if (before.Status == RegistryStatus.Critical && endpoint.Descriptor.Status is RegistryStatus.Passing or RegistryStatus.Warning)
            {
                _cluster.Judge.Machine.OnSignOfLife(endpoint, "the registry says that it passes again");

                // Nobody was sent there meanwhile: what is known is of before, or of a call that waited there until now.
                endpoint.Load.ForgetLatency();
            }
        }

        if (!_resolved)
        {
            _resolved = true;
            _dirty = true;
        }

        return changes;
    }

    private void Publish(ClusterOptions options, long now)
    {
        var previous = _cluster.Snapshot;
        var endpoints = _table.Endpoints;
        var leaving = _table.Leaving.ToHashSet();

        // Those that leave are at the end.
        var members = new ArraySegment<Endpoint>(endpoints, 0, endpoints.Length - leaving.Count);
        _cluster.Judge.Configure(options.OutlierDetection, leaving.Count == 0 ? endpoints : members);
        _cluster.Checker.Follow(members, options.HealthCheck);
        _cluster.Adaptive.Configure(options.Limits, endpoints);
        _cluster.Breaker.Configure(options.Breaker);
        var next = SnapshotBuilder.Build(new SnapshotInput
        {
            Version = previous.Version + 1,
            Options = options,
            IsResolved = _resolved,
            Endpoints = endpoints,
            Leaving = leaving,
            Unlisted = _table.Unlisted,
            Policy = _cluster.PolicyFor(options),
            Previous = previous,
            Random = _services.Random,
            Clock = _services.Clock,
            Now = now,
            FirstListAt = _firstListAt,
            MustCompile = _outdated,
        });
        _dirty = _outdated = false;
        _publishedAt = now;
        _cluster.Publish(next);
        ClusterReporter.Report(_cluster, _services, previous, next);
    }

    private bool AnythingHappens()
    {
        long total = 0;
        var inFlight = false;
        var recovering = _cluster.Snapshot.StartingUntil != 0;
        foreach (var endpoint in _table.Endpoints)
        {
            total += endpoint.Load.Successes;
            inFlight |= endpoint.Load.InFlight > 0;
            recovering |= endpoint.Health.Status.State != HealthState.Healthy || endpoint.Health.RestUntil != 0;
        }

        var moved = total != _lastTotal;
        _lastTotal = total;
        return moved || inFlight || recovering || _table.Leaving.Count > 0 || _orders.EndsSoon(_lastLook);
    }

    private void SetPace(bool busy)
    {
        if (_dirty)
        {
            // The change waits for the gap between publications: come back right after it.
            _isSlow = false;
            _timer.Change(TimeSpan.FromTicks(MinPublicationGap), BusyTick);
        }
        else if (busy == _isSlow)
        {
            _isSlow = !busy;
            var tick = busy ? BusyTick : IdleTick;
            _timer.Change(tick, tick);
        }
    }

    private void Wake() => _wake.Writer.TryWrite(true);
}
