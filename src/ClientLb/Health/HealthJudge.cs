using ClientLb.Endpoints;
using ClientLb.Settings;

namespace ClientLb.Health;

/// <summary>
/// Moves endpoints through the health state machine on the evidence of attempts, probes and the registry. On the happy path it reads
/// two fields and counts one success.
/// </summary>
/// <remarks>
/// <code>
///                 hard evidence, or soft evidence that the guards allow
///    healthy ---------------------------------------------------------------> ejected, base × 2^n ± 25 %
///       ^                                                                       |
///       | one attempt succeeds,                time over, or TCP probe answers, |
///       | or nobody tries and a probe answers  or registry newly passing        |
///       |                                                                       v
///       +------------------------------ probation (one attempt at a time) &lt;----+
///                                          |                                    ^
///                                          +---- the attempt fails, n + 1 ------+
/// </code>
/// Every transition happens under one lock: they are rare, and the guards must see each other's.
/// </remarks>
internal sealed class HealthJudge : IOutcomeObserver
{
    private static readonly long PatienceWithProbes = TimeSpan.FromMinutes(1).Ticks;
    private static readonly long DefaultRest = TimeSpan.FromSeconds(1).Ticks;

    private readonly Lock _gate = new();
    private readonly MonotonicClock _clock;
    private readonly IRandomSource _random;
    private readonly IHealthListener _listener;
    private volatile OutlierDetectionOptions _options;
    private double _slotsPerTick;
    private IReadOnlyList<Endpoint> _members = [];

    public HealthJudge(OutlierDetectionOptions options, MonotonicClock clock, IRandomSource random, IHealthListener listener)
    {
        _options = options;
        _slotsPerTick = FailureWindow.SlotsPerTick(options.Window);
        _clock = clock;
        _random = random;
        _listener = listener;
    }

    public OutlierDetectionOptions Options => _options;

    /// <summary>Puts new numbers and a new list of members in force. Called by the cluster's loop.</summary>
    public void Configure(OutlierDetectionOptions options, IReadOnlyList<Endpoint> members)
    {
        lock (_gate)
        {
            // The usual case, and a look at each of thousands of windows is no small thing.
            var isKnown = ReferenceEquals(_members, members) && _options.Window == options.Window;
            _options = options;
            if (isKnown)
            {
                return;
            }

            _slotsPerTick = FailureWindow.SlotsPerTick(options.Window);
            _members = members;
            foreach (var member in members)
            {
                member.Health.SetWindow(options.Window);
            }
        }
    }

    public void OnOutcome(Endpoint endpoint, in AttemptReport report)
    {
        switch (report.Kind)
        {
            case OutcomeKind.Success:
                if (endpoint.Load.TryCountSuccess(report.EndedAt, _slotsPerTick))
                {
                    break;
                }

                OnSuccess(endpoint, report);
                break;

            case OutcomeKind.Ignored:
                break;

            case OutcomeKind.Overloaded:
                Rest(endpoint, report);
                break;

            case OutcomeKind.NotSent:
            case OutcomeKind.Failure:
                OnFailure(endpoint, report);
                break;

            default:
                throw new InvalidOperationException($"Unknown outcome {report.Kind}.");
        }
    }

    /// <summary>Whether a probe by TCP connect can find out that the endpoint is back: where a connection was what failed.</summary>
    public static bool IsFoundByProbe(Evidence evidence) => evidence is Evidence.Refused or Evidence.Unreachable or Evidence.NameNotResolved;

    /// <summary>The stall detector has spoken.</summary>
    public void OnStalled(Endpoint endpoint, long silence, long now) =>
        Eject(endpoint, Evidence.Stalled, now, FormattableString.Invariant(
            $"stalled: {endpoint.Load.Awaiting} attempts in flight and no byte for {Durations.Format(Rounded(silence))} while others answered"));

    /// <summary>A stalled endpoint has sent a byte, a probe has answered, or the registry says that it passes again: probation at once.</summary>
    public void OnSignOfLife(Endpoint endpoint, string what)
    {
        lock (_gate)
        {
            var status = endpoint.Health.Status;
            if (status.State == HealthState.Ejected)
            {
                Move(endpoint, status, ToProbation(status, _clock.Now, what));
            }
        }
    }

    /// <summary>Moves on what time alone moves: an ejection that is over becomes a probation, a rest that is over ends.</summary>
    /// <returns>True when something changed.</returns>
    public bool OnTick(Endpoint endpoint, long now)
    {
        var health = endpoint.Health;
        if (!IsOver(health, now))
        {
            return false;
        }

        lock (_gate)
        {
            var status = health.Status;
            if (!IsOver(health, now))
            {
                return false;
            }

            if (status.State == HealthState.Ejected)
            {
                Move(endpoint, status, ToProbation(status, now, "its time is over"));
            }
            else
            {
                health.EndRest();
                SetDoor(endpoint, status);
            }

            return true;
        }
    }

    /// <summary>
    /// Nobody came to the probation in time and a probe says that the endpoint listens: it is let in, but one failure takes it out again.
    /// </summary>
    public void OnProbeInsteadOfCall(Endpoint endpoint, bool succeeded)
    {
        lock (_gate)
        {
            var status = endpoint.Health.Status;
            if (status.State != HealthState.Probation)
            {
                return;
            }

            if (succeeded)
            {
                endpoint.Health.FailOnNext(_options.ConsecutiveFailures);
                Heal(endpoint, status, "a probe answered in place of a call");
            }
            else
            {
                EjectAgain(endpoint, status, status.Evidence, "the probe in place of a call failed");
            }
        }
    }

    private static TimeSpan Rounded(long ticks) => TimeSpan.FromMilliseconds(Math.Round(TimeSpan.FromTicks(ticks).TotalMilliseconds));

    private static HealthStatus ToProbation(HealthStatus status, long now, string what) => status with
    {
        State = HealthState.Probation,
        Since = now,
        Until = 0,
        Reason = $"{what} (was ejected: {status.Reason})",
    };

    private void OnSuccess(Endpoint endpoint, in AttemptReport report)
    {
        var health = endpoint.Health;
        health.ClearFailures();
        health.Window.Add(report.EndedAt, isFailure: false);
        if (health.Status.State != HealthState.Healthy)
        {
            OnSuccessWhileOut(endpoint, report);
        }
    }

    private void OnSuccessWhileOut(Endpoint endpoint, in AttemptReport report)
    {
        lock (_gate)
        {
            var status = endpoint.Health.Status;
            if (status.State == HealthState.Probation && report.StartedAt >= status.Since)
            {
                Heal(endpoint, status, "the attempt on probation succeeded");

                // All that is known of it from now on: one that is slow and not frozen must not look like one that is new.
                endpoint.Load.ObserveLatency(report.EndedAt, report.Duration);
            }
            else if (status is { State: HealthState.Ejected, Evidence: Evidence.Stalled }
                || (status is { State: HealthState.Ejected, IsHard: true } && report.StartedAt >= status.Since))
            {
                // The very attempts that hung have been answered, or one that went there as the last resort: it breathes.
                Move(endpoint, status, ToProbation(status, report.EndedAt, "it answers again"));
            }
        }
    }

    private void OnFailure(Endpoint endpoint, in AttemptReport report)
    {
        var health = endpoint.Health;
        var options = _options;
        if (report.Evidence == Evidence.BodyBroken)
        {
            // It was counted as a success when its head came.
            health.Window.Downgrade(report.EndedAt);
        }
        else
        {
            health.Window.Add(report.EndedAt, isFailure: true);
        }

        var consecutive = health.AddFailure();
        var status = health.Status;
        if (status.State == HealthState.Probation)
        {
            // Only an attempt that was started on probation is a verdict on it; older ones belong to what led to the ejection.
            if (report.StartedAt >= status.Since)
            {
                lock (_gate)
                {
                    if (health.Status == status)
                    {
                        EjectAgain(endpoint, status, report.Evidence, EvidenceText.Of(report) + " on probation");
                    }
                }
            }

            return;
        }

        if (status.State == HealthState.Ejected)
        {
            return;
        }

        if (report.Kind == OutcomeKind.NotSent && HealthStatus.IsHardEvidence(report.Evidence))
        {
            Eject(endpoint, report.Evidence, report.EndedAt, EvidenceText.Of(report));
            return;
        }

        if (!options.Enabled)
        {
            return;
        }

        if (consecutive >= options.ConsecutiveFailures)
        {
            Eject(endpoint, report.Evidence, report.EndedAt,
                FormattableString.Invariant($"{consecutive} failures in a row, the last one: {EvidenceText.Of(report)}"));
            return;
        }

        var (total, failures) = health.Window.Read(report.EndedAt);
        if (total >= options.MinimumAttempts && failures >= options.FailureRate * total)
        {
            Eject(endpoint, report.Evidence, report.EndedAt, FormattableString.Invariant(
                $"{failures} of {total} attempts failed in {Durations.Format(options.Window)}, the last one: {EvidenceText.Of(report)}"));
        }
    }

    private void Rest(Endpoint endpoint, in AttemptReport report)
    {
        var options = _options;
        var wanted = report.RetryAfter > 0 ? report.RetryAfter : DefaultRest;
        var until = report.EndedAt + Math.Min(wanted, options.MaxRest.Ticks);
        if (!options.Enabled || options.MaxRest == TimeSpan.Zero)
        {
            return;
        }

        lock (_gate)
        {
            if (endpoint.Health.Status.State != HealthState.Healthy || until <= endpoint.Health.RestUntil)
            {
                return;
            }

            if (endpoint.Health.RestUntil <= report.EndedAt && !EjectionGuard.Allows(_members, options, report.EndedAt, out _))
            {
                return;
            }

            endpoint.Health.RestTo(until);
            SetDoor(endpoint, endpoint.Health.Status);
        }

        _listener.OnResting(endpoint, until);
    }

    private void Eject(Endpoint endpoint, Evidence evidence, long now, string reason)
    {
        lock (_gate)
        {
            var status = endpoint.Health.Status;
            if (status.State != HealthState.Healthy)
            {
                return;
            }

            if (!HealthStatus.IsHardEvidence(evidence) && !EjectionGuard.Allows(_members, _options, now, out var guard))
            {
                if (endpoint.Health.MaySayPrevented(now))
                {
                    _listener.OnEjectionPrevented(endpoint, reason, guard);
                }

                return;
            }

            // Good behaviour is rewarded: every 30 s of health take one doubling back.
            var goodFor = status.Since == 0 ? 0 : (now - status.Since) / (30 * MonotonicClock.TicksPerSecond);
            var past = (int)Math.Max(0, status.Ejections - goodFor);
            Move(endpoint, status, Ejected(evidence, now, past, reason));
        }
    }

    private void EjectAgain(Endpoint endpoint, HealthStatus status, Evidence evidence, string reason)
    {
        endpoint.Health.FreeProbation();
        Move(endpoint, status, Ejected(evidence, _clock.Now, status.Ejections, reason));
    }

    private HealthStatus Ejected(Evidence evidence, long now, int past, string reason)
    {
        var options = _options;
        var length = Math.Min(options.MaxEjectionTime.Ticks, options.BaseEjectionTime.Ticks * Math.Pow(2, Math.Min(past, 30)));
        length *= 0.75 + (0.5 * _random.NextDouble());
        return new HealthStatus(HealthState.Ejected, evidence, now, now + (long)length, past + 1, reason);
    }

    private void Heal(Endpoint endpoint, HealthStatus status, string reason)
    {
        endpoint.Health.FreeProbation();
        endpoint.Health.Window.Clear();

        // The penalties of an outage pile up to ten seconds: with them it would be healthy and yet unused for minutes.
        endpoint.Load.ForgetLatency();
        Move(endpoint, status, new HealthStatus(HealthState.Healthy, Evidence.None, _clock.Now, 0, status.Ejections, reason));
    }

    private void Move(Endpoint endpoint, HealthStatus from, HealthStatus to)
    {
        if (!endpoint.Health.TryMove(from, to))
        {
            return;
        }

        SetDoor(endpoint, to);
        _listener.OnHealthChanged(endpoint, from, to);
    }

    private static void SetDoor(Endpoint endpoint, HealthStatus status)
    {
        var isOut = status.State != HealthState.Healthy;
        endpoint.Load.SetExcluded(hard: isOut && status.IsHard, soft: isOut ? !status.IsHard : endpoint.Health.RestUntil != 0);
    }

    /// <summary>
    /// Time alone ends an ejection, but not of an endpoint that nobody reached: calls would pay for finding out what the probe finds out each
    /// second. Only where probes may not tell (a proxy in between) a minute more is enough.
    /// </summary>
    private static bool IsOver(EndpointHealth health, long now)
    {
        var status = health.Status;
        return status.State == HealthState.Ejected ? now >= status.Until + (IsFoundByProbe(status.Evidence) ? PatienceWithProbes : 0)
            : status.State == HealthState.Healthy && health.RestUntil != 0 && now >= health.RestUntil;
    }
}
