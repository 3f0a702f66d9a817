using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>The health state machine of the endpoints of a cluster. All evidence meets here; every change has a reason that a person can read.</summary>
/// <remarks>
/// <code>
///                 hard evidence, or soft evidence that the guards allow
///    healthy ---------------------------------------------------------------> ejected, base × 2^n ± 25 %
///       ^                                                                       |
///       | one attempt succeeds,                time over, or TCP probe answers, |
///       | or nobody tries and a probe answers  or its check or the registry     |
///       |                                      newly passes                     v
///       +------------------------------ probation (one attempt at a time) &lt;----+
///                                          |                                    ^
///                                          +---- the attempt fails, n + 1 ------+
/// </code>
/// Who has a say (docs/health.md prints the table): an order goes before everything; an active check that fails keeps the way back closed; what traffic took out,
/// a standing "passing" of a check or the registry never undoes.
/// <para>Every transition happens under one lock: they are rare, and the guards must see each other's.</para>
/// </remarks>
internal sealed class HealthMachine(OutlierDetectionOptions options, MonotonicClock clock, IRandomSource random, IHealthListener listener)
{
    private static readonly long s_patienceWithProbes = TimeSpan.FromMinutes(1).Ticks;
    private static readonly long s_defaultRest = TimeSpan.FromSeconds(1).Ticks;

    // A look at the guards is a look at every endpoint: where they refuse, not each further failure has to hear it.
    private static readonly long s_pauseAfterGuard = TimeSpan.FromMilliseconds(100).Ticks;
    private static readonly long s_reward = TimeSpan.FromSeconds(30).Ticks;
    private static readonly int s_detectors = Enum.GetValues<Detector>().Length;

    private static readonly GuardVerdict s_outage = new(Guard.EveryoneFails, "nobody has answered lately, and several fail: it may be this client");

    private readonly Lock _gate = new();
    private volatile OutlierDetectionOptions _options = options;
    private volatile IReadOnlyList<Endpoint> _members = [];
    private readonly OutageWatch _outage = new();
    private bool _everyoneFailed;

    public OutlierDetectionOptions Options => _options;

    public IReadOnlyList<Endpoint> Members => _members;

    /// <summary>Puts new numbers and a new list of members in force. Called by the cluster's loop.</summary>
    public void Configure(OutlierDetectionOptions next, IReadOnlyList<Endpoint> members)
    {
        lock (_gate)
        {
            _options = next;
            _members = members;
        }
    }

    /// <summary>Whether a probe by TCP connect can find out that the endpoint is back: where a connection was what failed.</summary>
    public static bool IsFoundByProbe(Evidence evidence) => evidence is Evidence.Refused or Evidence.Unreachable or Evidence.NameNotResolved;

    /// <summary>An attempt has failed, wherever.</summary>
    public void CountFailure() => _outage.Count();

    /// <summary>Soft evidence: a detector has found something. Whether it ejects is for the guards and the enforcement to say.</summary>
    /// <returns>True when the endpoint was ejected.</returns>
    public bool Suspect(Endpoint endpoint, Detector detector, Evidence evidence, long now, string reason)
    {
        var numbers = _options;
        var health = endpoint.Health;
        if (!numbers.Enabled || health.Status.State != HealthState.Healthy || !health.MayBeSuspected(now)
            || !health.MayBeObserved((int)detector, now))
        {
            return false;
        }

        GuardVerdict verdict;
        lock (_gate)
        {
            var status = health.Status;
            if (status.State != HealthState.Healthy)
            {
                return false;
            }

            // By itself: not by comparison with others, nor by a check.
            var byItself = detector is Detector.ConsecutiveFailures or Detector.FailureRate;
            verdict = byItself && _outage.IsOutage ? s_outage : EjectionGuard.Judge(endpoint, _members, numbers, now, byItself);
            if (verdict.IsAllowed && (numbers.ObserveOnly || random.NextDouble() * 100 >= numbers.Enforcement.Of(detector)))
            {
                verdict = new(Guard.NotEnforced, numbers.ObserveOnly ? "ObserveOnly is set" : $"its detector is enforced at {numbers.Enforcement.Of(detector)} % only");
            }

            if (verdict.IsAllowed)
            {
                Eject(endpoint, status, evidence, now, reason);
            }
            else if (verdict.Guard == Guard.NotEnforced)
            {
                // It would be out for about so long, and this detector could not find it again meanwhile. Another one may, and may be enforced.
                health.Observed((int)detector, s_detectors, now + numbers.BaseEjectionTime.Ticks);
            }
            else
            {
                health.Spare(now + s_pauseAfterGuard);
            }
        }

        listener.OnDetected(endpoint, detector, verdict.Guard);
        if (!verdict.IsAllowed && health.MaySayPrevented(now))
        {
            listener.OnEjectionPrevented(endpoint, reason, verdict.Text);
        }

        return verdict.IsAllowed;
    }

    /// <summary>Hard evidence: no guard is asked.</summary>
    public void EjectHard(Endpoint endpoint, Evidence evidence, long now, string reason)
    {
        lock (_gate)
        {
            var status = endpoint.Health.Status;
            if (status.State == HealthState.Healthy)
            {
                Eject(endpoint, status, evidence, now, reason);
            }
        }
    }

    /// <summary>The attempt on probation has failed.</summary>
    public void FailProbation(Endpoint endpoint, HealthStatus expected, Evidence evidence, string reason)
    {
        lock (_gate)
        {
            if (endpoint.Health.Status == expected)
            {
                EjectAgain(endpoint, expected, evidence, reason);
            }
        }
    }

    /// <summary>An attempt has succeeded at an endpoint that is out.</summary>
    public void OnSuccessWhileOut(Endpoint endpoint, in AttemptReport report)
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
                Move(endpoint, status, status.ToProbation(report.EndedAt, "it answers again"));
            }
        }
    }

    /// <summary>A stalled endpoint has sent a byte, a probe has answered, or the registry says that it passes again: probation at once.</summary>
    public void OnSignOfLife(Endpoint endpoint, string what)
    {
        lock (_gate)
        {
            var status = endpoint.Health.Status;
            if (status.State == HealthState.Ejected && endpoint.Health.Check.State != CheckState.Failing)
            {
                Move(endpoint, status, status.ToProbation(clock.Now, what));
            }
        }
    }

    /// <summary>Puts an order in force, or ends one. What health knows stays as it is underneath.</summary>
    public void Order(Endpoint endpoint, ManualOrder? order)
    {
        lock (_gate)
        {
            endpoint.Health.Order = order;
            SetDoor(endpoint);
        }
    }

    /// <summary>Somebody orders the endpoint back: whatever took it out, it is healthy at once, and one failure in a row does not undo it.</summary>
    public void Restore(Endpoint endpoint, string reason)
    {
        lock (_gate)
        {
            endpoint.Health.Order = null;
            endpoint.Health.EndRest();
            var status = endpoint.Health.Status;
            if (status.State != HealthState.Healthy)
            {
                endpoint.Health.ClearFailures();
                Heal(endpoint, status, reason);
            }

            SetDoor(endpoint);
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
                Move(endpoint, status, status.ToProbation(now, "its time is over"));
            }
            else
            {
                health.EndRest();
                SetDoor(endpoint);
            }

            return true;
        }
    }

    /// <summary>
    /// Every endpoint that is in fails, and the others are out: it may be this client, so whoever was taken out by soft evidence comes back as if nothing
    /// had happened. Once it is over, what was learned of latencies meanwhile is forgotten. Called by the cluster's loop.
    /// </summary>
    public void ReviewSelf()
    {
        var members = _members;
        _outage.Look(members, _options, clock.Now);
        var everyoneFails = _outage.IsOutage || SelfReview.EveryoneFails(members, _options);
        if (_everyoneFailed && !everyoneFails)
        {
            foreach (var member in members)
            {
                // Whoever answers first would get all the traffic, and the others, whose penalties have piled up, none for a minute.
                member.Load.ForgetOutage();
            }
        }

        _everyoneFailed = everyoneFails;
        if (!_outage.IsOutage && !SelfReview.IsDue(members, _options))
        {
            return;
        }

        lock (_gate)
        {
            foreach (var member in members)
            {
                var status = member.Health.Status;
                if (SelfReview.Concerns(status))
                {
                    member.Health.FreeProbation();
                    Move(member, status, SelfReview.Acquitted(status));
                }
            }
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

    /// <summary>The endpoint has asked to be left alone.</summary>
    public void Rest(Endpoint endpoint, in AttemptReport report)
    {
        var numbers = _options;
        var wanted = report.RetryAfter > 0 ? report.RetryAfter : s_defaultRest;
        var until = report.EndedAt + Math.Min(wanted, numbers.MaxRest.Ticks);
        if (!numbers.Enabled || numbers.ObserveOnly || numbers.MaxRest == TimeSpan.Zero)
        {
            return;
        }

        lock (_gate)
        {
            var health = endpoint.Health;
            if (health.Status.State != HealthState.Healthy || until <= health.RestUntil)
            {
                return;
            }

            if (health.RestUntil <= report.EndedAt && !EjectionGuard.Judge(endpoint, _members, numbers, report.EndedAt, byItself: false).IsAllowed)
            {
                return;
            }

            health.RestTo(until);
            SetDoor(endpoint);
        }

        listener.OnResting(endpoint, until);
    }

    private void Eject(Endpoint endpoint, HealthStatus status, Evidence evidence, long now, string reason)
    {
        // Good behaviour is rewarded: every 30 s of health take one doubling back. What a comparison with peers finds takes some intervals to be found again, and
        // those are no good behaviour.
        var reward = evidence is Evidence.Slow or Evidence.WorseThanPeers ? Math.Max(s_reward, 9 * _options.Interval.Ticks) : s_reward;
        var goodFor = status.Since == 0 ? 0 : (now - status.Since) / reward;
        Move(endpoint, status, EjectionTime.Ejected(_options, random, evidence, now, (int)Math.Max(0, status.Ejections - goodFor), reason));
    }

    private void EjectAgain(Endpoint endpoint, HealthStatus status, Evidence evidence, string reason)
    {
        endpoint.Health.FreeProbation();
        Move(endpoint, status, EjectionTime.Ejected(_options, random, evidence, clock.Now, status.Ejections, reason));
    }

    private void Heal(Endpoint endpoint, HealthStatus status, string reason)
    {
        endpoint.Health.FreeProbation();
        endpoint.Health.ForgetOutcomes(wasSlow: status.Evidence == Evidence.Slow);

        // The penalties of an outage pile up to ten seconds: with them it would be healthy and yet unused for minutes.
        endpoint.Load.ForgetLatency();
        Move(endpoint, status, new HealthStatus(HealthState.Healthy, Evidence.None, clock.Now, 0, status.Ejections, reason));
    }

    private void Move(Endpoint endpoint, HealthStatus from, HealthStatus to)
    {
        if (!endpoint.Health.TryMove(from, to))
        {
            return;
        }

        SetDoor(endpoint);
        listener.OnHealthChanged(endpoint, from, to);
    }

    private static void SetDoor(Endpoint endpoint)
    {
        var health = endpoint.Health;
        var isOut = health.Status.State != HealthState.Healthy;
        endpoint.Load.SetExcluded(
            hard: health.Order is not null || (isOut && health.Status.IsHard),
            soft: isOut ? !health.Status.IsHard : health.RestUntil != 0);
    }

    /// <summary>
    /// Time alone ends an ejection, but not of an endpoint that nobody reached: calls would pay for finding out what the probe finds out each
    /// second. Only where probes may not tell (a proxy in between) a minute more is enough. Nor while its check says that it fails.
    /// </summary>
    private static bool IsOver(EndpointHealth health, long now)
    {
        var status = health.Status;
        return status.State == HealthState.Ejected
            ? health.Check.State != CheckState.Failing && now >= status.Until + (IsFoundByProbe(status.Evidence) ? s_patienceWithProbes : 0)
            : status.State == HealthState.Healthy && health.RestUntil != 0 && now >= health.RestUntil;
    }
}
