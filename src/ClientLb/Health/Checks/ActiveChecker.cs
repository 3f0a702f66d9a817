using ClientLb.Endpoints;
using ClientLb.Telemetry;

namespace ClientLb.Health.Checks;

/// <summary>
/// Asks every endpoint of a cluster now and then whether it is well. It has a timer of its own; the cluster's loop tells it which endpoints there are.
/// </summary>
/// <remarks>Everything here happens under one lock but the checks themselves.</remarks>
internal sealed class ActiveChecker : IDisposable
{
    private static readonly long s_pauseOfUnclear = TimeSpan.FromMinutes(1).Ticks;

    private readonly Lock _gate = new();
    private readonly string _cluster;
    private readonly CheckVerdicts _verdicts;
    private readonly CheckServices _services;
    private readonly CheckSchedule _schedule;
    private readonly CheckFactory _make;
    private readonly CancellationTokenSource _stop = new();
    private Dictionary<Endpoint, CheckPlan> _plans = [];
    private ArraySegment<Endpoint> _followed;
    private IEndpointCheck? _check;
    private HealthCheckOptions? _options;
    private int _listing;
    private long _unclearUntil = long.MinValue;
    private bool _isStopped;

    /// <param name="cluster">The name of the cluster.</param>
    /// <param name="verdicts">Where it says what it has found.</param>
    /// <param name="services">What checks share.</param>
    /// <param name="make">Makes the check that the options ask for; <see cref="EndpointChecks.Of"/> if none is given.</param>
    public ActiveChecker(string cluster, CheckVerdicts verdicts, CheckServices services, CheckFactory? make = null)
    {
        _make = make ?? EndpointChecks.Of;
        _cluster = cluster;
        _verdicts = verdicts;
        _services = services;
        _schedule = new CheckSchedule(services.Clock, services.Random, services.Gate, Turn);
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

            var isNew = _options is null || !_options.IsSameAs(options);
            if (isNew)
            {
                Begin(options);
            }

            // A turn that changes nothing in the list gives the same array again.
            if (_check is null || (!isNew && ReferenceEquals(endpoints.Array, _followed.Array) && endpoints.Count == _followed.Count))
            {
                return;
            }

            _followed = endpoints;
            Take(endpoints);
            _schedule.SetCount(_plans.Count, options.Interval);
            _schedule.Wake();
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
            _schedule.Dispose();
        }

        _stop.Cancel();
        _check?.Dispose();
    }

    /// <summary>Starts what is due.</summary>
    private void Turn()
    {
        List<CheckPlan>? due;
        IEndpointCheck check;
        HealthCheckOptions options;
        lock (_gate)
        {
            if (_isStopped || _check is null)
            {
                return;
            }

            (check, options) = (_check, _options!);
            due = _schedule.TakeDue();
            _schedule.Wake();
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
        _schedule.Clear(options);
        _check?.Dispose();
        _options = options;
        _check = _make(options, _cluster, _services, OnNews);
        if (_check is null)
        {
            _services.Logger.ChecksOff(_cluster);
        }
        else
        {
            _services.Logger.ChecksOn(_cluster, _check.Name, options.Interval);
        }
    }

    private void Take(ArraySegment<Endpoint> endpoints)
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
                    _schedule.AddFirst(plan, (i + turn) % endpoints.Count, endpoints.Count);
                }
                else
                {
                    Welcome(plan);
                }
            }

            plan.Listing = _listing;
        }

        if (_plans.Count > endpoints.Count)
        {
            foreach (var plan in _plans.Values.Where(plan => plan.Listing != _listing).ToList())
            {
                _schedule.Drop(plan);
                _plans.Remove(plan.Endpoint);
                _check!.Forget(plan.Endpoint);
            }
        }
    }

    private void Welcome(CheckPlan plan)
    {
        // One that comes back from leaving has a verdict, which stands until it is checked.
        if (plan.Endpoint.Health.Check.State == CheckState.Unknown)
        {
            _verdicts.SetUnchecked(plan.Endpoint, CheckState.Pending);
        }

        _schedule.AddNow(plan);
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
                try
                {
                    Judge(plan, finding, isStatement: false);
                }
                finally
                {
                    // A logger that throws must not be the last that is heard of the endpoint.
                    _schedule.Again(plan, Hurries(plan), startedAt);
                    _schedule.Wake();
                }
            }
            else if (!ReferenceEquals(check, _check) || !_plans.ContainsKey(plan.Endpoint))
            {
                // It may have begun in the moment in which the endpoint left. One that has come back has another plan, and what is held for it is that one's.
                check.Forget(plan.Endpoint);
            }
        }
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

            Judge(plan, finding, isStatement);
            if (!plan.IsRunning && (plan.IsHurried || Hurries(plan)))
            {
                _schedule.Again(plan, Hurries(plan), _services.Clock.Now);
                _schedule.Wake();
            }
        }
    }

    private void Judge(CheckPlan plan, in CheckFinding finding, bool isStatement)
    {
        _services.Metrics.HealthCheck(_cluster, plan.Endpoint.Id, TagOf(finding.Mark));
        var port = _options!.Port == 0 ? plan.Endpoint.Port : _options.Port;
        if (finding.Mark == CheckMark.Unclear)
        {
            SayUnclear(plan.Endpoint, finding.Text);
            return;
        }

        var before = plan.Endpoint.Health.Check.State;


        // Nobody at a port that no call goes to: calls may be answered all the same, so the guards have a say.
        var isCertain = port == plan.Endpoint.Port || finding.Evidence is not (Evidence.Refused or Evidence.Unreachable or Evidence.TlsFailed);
        var after = plan.Tally.Add(before, isCertain ? finding : finding with { Evidence = Evidence.CheckFailed }, _options, isStatement);
        var isFailing = after == CheckState.Failing && finding.Mark == CheckMark.Failed;

        // A verdict that stands is told again only where it fails: what a guard refused may be allowed by now, and why somebody still waits for a first pass is to be seen.
        if (after != before || isFailing || (after == CheckState.Pending && plan.Tally.Failures >= _options.Failures))
        {
            _verdicts.OnChecked(plan.Endpoint, after, isFailing ? plan.Tally.Evidence : Evidence.None,
                plan.Tally.Reason(_check!.Name, EndpointDescriptor.Authority(plan.Endpoint.Host, port)));
        }
    }

    private static bool Hurries(CheckPlan plan) =>
        plan.Tally.Failures > 0 || plan.Endpoint.Health.Check.State is CheckState.Failing or CheckState.Pending;

    private void SayUnclear(Endpoint endpoint, string error)
    {
        var now = _services.Clock.Now;
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
