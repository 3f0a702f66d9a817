using ClientLb.Endpoints;
using ClientLb.Telemetry;

namespace ClientLb.Health.Checks;

/// <summary>
/// Asks every endpoint of a cluster now and then whether it is well. It has a timer of its own; the cluster's loop tells it which endpoints there are.
/// </summary>
/// <remarks>
/// Two queues by due time: the ordinary checks, each with its place in the interval, so that they stay spread over it; and the hurried ones, of endpoints that have
/// come, fail or have just failed, which wait for no pace. Everything here happens under one lock but the checks themselves.
/// </remarks>
internal sealed class ActiveChecker : IDisposable
{
    // Turns closer together than this would cost more than the checks that they start.
    private static readonly long s_turnGap = TimeSpan.FromMilliseconds(20).Ticks;
    private static readonly long s_pauseOfUnclear = TimeSpan.FromMinutes(1).Ticks;

    private readonly Lock _gate = new();
    private readonly string _cluster;
    private readonly CheckVerdicts _verdicts;
    private readonly CheckServices _services;
    private readonly CancellationTokenSource _stop = new();
    private readonly CheckQueue _ordinary = new();
    private readonly CheckQueue _hurried = new();
    private readonly CheckPace _pace = new();
    private readonly ITimer _timer;
    private Dictionary<Endpoint, CheckPlan> _plans = [];
    private ArraySegment<Endpoint> _followed;
    private CheckTimes? _times;
    private IEndpointCheck? _check;
    private HealthCheckOptions? _options;
    private int _listing;
    private long _turnAt = long.MinValue / 2;
    private long _wakeAt = long.MaxValue;
    private long _unclearUntil = long.MinValue;
    private bool _isStopped;

    public ActiveChecker(string cluster, CheckVerdicts verdicts, CheckServices services)
    {
        _cluster = cluster;
        _verdicts = verdicts;
        _services = services;
        using (ExecutionContext.SuppressFlow())
        {
            _timer = services.Clock.TimeProvider.CreateTimer(static state => ((ActiveChecker)state!).Turn(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>
    /// The endpoints that there are, and how to check them. Called by the cluster's loop before it publishes, so that a newcomer is pending before anybody can pick it.
    /// </summary>
    public void Follow(ArraySegment<Endpoint> endpoints, HealthCheckOptions options)
    {
        if (_check is null && !options.IsOn)
        {
            return;
        }

        lock (_gate)
        {
            if (_isStopped)
            {
                return;
            }

            var now = _services.Clock.Now;
            var isNew = _options is null || !_options.IsSameAs(options);
            if (isNew)
            {
                Begin(options);
            }

            if (_check is null)
            {
                return;
            }

            // A turn that changes nothing in the list gives the same array again.
            if (isNew || !ReferenceEquals(endpoints.Array, _followed.Array) || endpoints.Count != _followed.Count)
            {
                _followed = endpoints;
                Take(endpoints, now);
                _pace.Set(_plans.Count, options.Interval, now);
            }

            Wake(now);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_isStopped)
            {
                return;
            }

            _isStopped = true;
            _timer.Dispose();
        }

        _stop.Cancel();
        _check?.Dispose();
    }

    /// <summary>Starts what is due.</summary>
    internal void Turn()
    {
        List<CheckPlan>? due = null;
        IEndpointCheck check;
        HealthCheckOptions options;
        lock (_gate)
        {
            _wakeAt = long.MaxValue;
            if (_isStopped || _check is null)
            {
                return;
            }

            (check, options) = (_check, _options!);
            var now = _services.Clock.Now;
            _turnAt = now;
            _pace.MoveTo(now);
            TakeDue(_hurried, hurried: true, now, ref due);
            TakeDue(_ordinary, hurried: false, now, ref due);
            Wake(now);
        }

        foreach (var plan in due ?? [])
        {
            _ = RunAsync(plan, check, options);
        }
    }

    /// <summary>Puts other checks in force, or none. The verdicts stay until the new ones speak, unless there are none.</summary>
    private void Begin(HealthCheckOptions options)
    {
        foreach (var (endpoint, plan) in _plans)
        {
            plan.IsDropped = true;
            if (!options.IsOn)
            {
                _verdicts.SetUnchecked(endpoint, CheckState.Unknown);
            }
        }

        _plans = [];
        _ordinary.Clear();
        _hurried.Clear();
        _check?.Dispose();
        _options = options;
        _check = EndpointChecks.Of(options, _cluster, _services, OnNews);
        _times = new CheckTimes(options, _services.Random);
        if (_check is null)
        {
            _services.Logger.ChecksOff(_cluster);
        }
        else
        {
            _services.Logger.ChecksOn(_cluster, _check.Name, options.Interval);
        }
    }

    private void Take(ArraySegment<Endpoint> endpoints, long now)
    {
        var isFirst = _plans.Count == 0;
        var turn = isFirst ? (int)(_services.Random.NextDouble() * endpoints.Count) : 0;
        _listing++;
        for (var i = 0; i < endpoints.Count; i++)
        {
            var endpoint = endpoints[i];
            if (!_plans.TryGetValue(endpoint, out var plan))
            {
                plan = new CheckPlan(endpoint);
                _plans.Add(endpoint, plan);
                if (isFirst && endpoint.Health.Check.State is not (CheckState.Pending or CheckState.Failing))
                {
                    // Each has a place of its own in the interval.
                    plan.Due = plan.Base = _times!.Place(now, (i + turn) % endpoints.Count, endpoints.Count);
                    _ordinary.Put(plan);
                }
                else
                {
                    Welcome(plan, now);
                }
            }

            plan.Listing = _listing;
        }

        if (_plans.Count > endpoints.Count)
        {
            foreach (var plan in _plans.Values.Where(plan => plan.Listing != _listing).ToList())
            {
                plan.IsDropped = true;
                _times!.Count(plan.IsHurried ? -1 : 0);
                _plans.Remove(plan.Endpoint);
                _check!.Forget(plan.Endpoint);
            }
        }
    }

    private void Welcome(CheckPlan plan, long now)
    {
        // One that comes back from leaving has a verdict, which stands until it is checked.
        if (plan.Endpoint.Health.Check.State == CheckState.Unknown)
        {
            _verdicts.SetUnchecked(plan.Endpoint, CheckState.Pending);
        }

        plan.IsHurried = true;
        plan.Due = now;
        _times!.Count(1);
        _hurried.Put(plan);
    }

    private void TakeDue(CheckQueue queue, bool hurried, long now, ref List<CheckPlan>? due)
    {
        while (queue.TryPeek(hurried, out var plan) && plan.Due <= now)
        {
            if (plan.Endpoint.Descriptor.IsDraining || plan.Endpoint.Load.IsRetired)
            {
                // Not checked, but looked at again soon: it may come back from maintenance.
                queue.Take();
                plan.Due = now + _times!.Hurried;
                queue.Put(plan);
                continue;
            }

            if ((!hurried && !_pace.TryTake()) || !_services.Gate.TryEnter(hurried && plan.Endpoint.Health.Check.State != CheckState.Pending))
            {
                return;
            }

            queue.Take();
            plan.IsRunning = true;
            (due ??= []).Add(plan);
        }
    }

    private async Task RunAsync(CheckPlan plan, IEndpointCheck check, HealthCheckOptions options)
    {
        var startedAt = _services.Clock.Now;
        CheckFinding finding;
        try
        {
            using var timer = new CancellationTokenSource(options.Timeout, _services.Clock.TimeProvider);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, _stop.Token);
            finding = await check.CheckAsync(plan.Endpoint, both.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever a check throws, a user's own one too, is what it has found.
        catch (Exception e)
#pragma warning restore CA1031
        {
            finding = CheckFinding.Of(e);
        }
        finally
        {
            _services.Gate.Leave();
        }

        lock (_gate)
        {
            plan.IsRunning = false;
            if (!plan.IsDropped && !_isStopped)
            {
                var now = _services.Clock.Now;
                Judge(plan, finding, isStatement: false, now);
                Plan(plan, startedAt, now);
                Wake(now);
                return;
            }
        }

        // It may have begun in the moment in which the endpoint left.
        check.Forget(plan.Endpoint);
    }

    /// <summary>A held connection has news between two checks.</summary>
    private void OnNews(Endpoint endpoint, CheckFinding finding, bool isStatement)
    {
        lock (_gate)
        {
            if (_isStopped || !_plans.TryGetValue(endpoint, out var plan))
            {
                return;
            }

            var now = _services.Clock.Now;
            Judge(plan, finding, isStatement, now);
            if (!plan.IsRunning && (plan.IsHurried || Hurries(plan)))
            {
                Plan(plan, now, now);
                Wake(now);
            }
        }
    }

    private void Judge(CheckPlan plan, in CheckFinding finding, bool isStatement, long now)
    {
        _services.Metrics.HealthCheck(_cluster, plan.Endpoint.Id, TagOf(finding.Mark));
        if (finding.Mark == CheckMark.Unclear)
        {
            SayUnclear(plan.Endpoint, finding.Text, now);
            return;
        }

        var before = plan.Endpoint.Health.Check.State;
        var after = plan.Tally.Add(before, finding, _options!, isStatement);
        var isFailing = after == CheckState.Failing && finding.Mark == CheckMark.Failed;

        // A verdict that stands is told again only where it fails: what a guard refused may be allowed by now.
        if (after != before || isFailing)
        {
            var port = _options!.Port == 0 ? plan.Endpoint.Port : _options.Port;
            _verdicts.OnChecked(plan.Endpoint, after, isFailing ? plan.Tally.Evidence : Evidence.None,
                plan.Tally.Reason(_check!.Name, EndpointDescriptor.Authority(plan.Endpoint.Host, port)));
        }
    }

    private void Plan(CheckPlan plan, long startedAt, long now)
    {
        if (Hurries(plan))
        {
            _times!.Hurry(plan, startedAt, now);
            _hurried.Put(plan);
        }
        else
        {
            _times!.Settle(plan, startedAt, now);
            _ordinary.Put(plan);
        }
    }

    private static bool Hurries(CheckPlan plan) =>
        plan.Tally.Failures > 0 || plan.Endpoint.Health.Check.State is CheckState.Failing or CheckState.Pending;

    /// <summary>Sets the timer to what is due next.</summary>
    private void Wake(long now)
    {
        var next = long.MaxValue;
        if (_hurried.TryPeek(hurried: true, out var plan))
        {
            next = plan.Due;
        }

        if (_ordinary.TryPeek(hurried: false, out plan))
        {
            next = Math.Min(next, Math.Max(plan.Due, _pace.NextAt));
        }

        if (next == long.MaxValue)
        {
            return;
        }

        next = Math.Max(next, _turnAt + s_turnGap);
        if (next < _wakeAt && !_isStopped)
        {
            // Whole milliseconds and rounded up: a timer that comes too early would come again at once.
            _wakeAt = next;
            _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(0, next - now) / (double)TimeSpan.TicksPerMillisecond)), Timeout.InfiniteTimeSpan);
        }
    }

    private void SayUnclear(Endpoint endpoint, string error, long now)
    {
        if (now >= _unclearUntil)
        {
            _unclearUntil = now + s_pauseOfUnclear;
            _services.Logger.CheckNotMade(_cluster, endpoint.ToString(), error);
        }
    }

    private static string TagOf(CheckMark mark) => mark switch
    {
        CheckMark.Passed => "passed",
        CheckMark.Degraded => "degraded",
        CheckMark.Failed => "failed",
        _ => "not_made",
    };
}
