using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>The health state machine of the endpoints of a cluster. All evidence meets here; every change has a reason that a person can read.</summary>
/// <remarks>
/// <code>
///                 hard evidence, or soft evidence that the guards allow
///    healthy ---------------------------------------------------------------> ejected, base × 2^n ± 25 %
///       ^                                                                       |
///       | slow start: its weight grows to what it was                           |
///       | one attempt succeeds,                time over, or TCP probe answers, |
///       | or nobody tries and a probe answers  or its check or the registry     |
///       |                                      newly passes                     v
///       +------------------------------ probation (one attempt at a time) &lt;----+
///                                          |                                    ^
///                                          +---- the attempt fails, or is ------+
///                                                given up overdue: n + 1
/// </code>
/// Who has a say (docs/health.md prints the table): an order goes before everything; an active check that fails keeps the way back closed; what traffic took out,
/// a standing "passing" of a check or the registry never undoes.
/// <para>Every transition happens under one lock: they are rare, and the guards must see each other's.</para>
/// </remarks>
internal sealed class HealthMachine(OutlierDetectionOptions options, MonotonicClock clock, IRandomSource random, IHealthListener listener)
{
    // A look at the guards is a look at every endpoint: where they refuse, not each further failure has to hear it.
    private static readonly long s_pauseAfterGuard = TimeSpan.FromMilliseconds(100).Ticks;
    private static readonly int s_detectors = Enum.GetValues<Detector>().Length;

    private readonly Lock _gate = new();
    private volatile OutlierDetectionOptions _options = options;
    private volatile IReadOnlyList<Endpoint> _members = [];
    private readonly OutageWatch _outage = new();

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

            var isObserved = numbers.ObserveOnly || random.NextDouble() * 100 >= numbers.Enforcement.Of(detector);
            verdict = Alikes.AreFailures(detector) && _outage.IsOutage ? Alikes.Outage : EjectionGuard.Judge(endpoint, _members, numbers, now, detector);
            if (isObserved)
            {
                // It would be out for about so long, and this detector could not find it again meanwhile. Another one may, and may be enforced.
                health.Observed((int)detector, s_detectors, now + (verdict.IsAllowed ? numbers.BaseEjectionTime.Ticks : s_pauseAfterGuard));
                verdict = !verdict.IsAllowed ? verdict
                    : new(Guard.NotEnforced, numbers.ObserveOnly ? "ObserveOnly is set" : $"its detector is enforced at {numbers.Enforcement.Of(detector)} % only");
            }
            else if (verdict.IsAllowed)
            {
                Eject(endpoint, status, evidence, now, reason);
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
            if (endpoint.Health.Check.State == CheckState.Failing)
            {
                // What its check says goes before a single answer.
                return;
            }

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

    /// <summary>Connections broke, and now there is none to be had: nobody is there, so that it is a probe that finds out when somebody is, and no call.</summary>
    public void OnProbeWithoutConnection(Endpoint endpoint, HealthStatus expected)
    {
        lock (_gate)
        {
            if (endpoint.Health.Status == expected)
            {
                Move(endpoint, expected, expected with { Evidence = Evidence.Unreachable, Reason = expected.Reason + "; a probe got no connection" });
            }
        }
    }

    /// <summary>Puts an order in force, or ends one. What health knows stays as it is underneath.</summary>
    public void Order(Endpoint endpoint, ManualOrder? order)
    {
        lock (_gate)
        {
            endpoint.Health.Order = order;
            endpoint.Health.SetDoor();
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

            endpoint.Health.SetDoor();
        }
    }

    /// <summary>Moves on what time alone moves: an ejection that is over becomes a probation, a rest that is over ends.</summary>
    /// <returns>True when something changed.</returns>
    public bool OnTick(Endpoint endpoint, long now)
    {
        var health = endpoint.Health;
        if (!EjectionTime.IsOver(health, now))
        {
            return false;
        }

        lock (_gate)
        {
            var status = health.Status;
            if (!EjectionTime.IsOver(health, now))
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
                endpoint.Health.SetDoor();
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
        if (_outage.IsOutage || SelfReview.IsDue(members, _options, clock.Now))
        {
            Acquit(SelfReview.Concerns, "it may be this client");
        }
    }

    /// <summary>The checks of all of them fail: whoever was taken out by its own comes back as if nothing had happened.</summary>
    public void AcquitChecked() => Acquit(static status => status is { State: not HealthState.Healthy, Evidence: Evidence.CheckFailed }, "it may be the check");

    /// <summary>
    /// Nobody came to the probation in time and a probe says that the endpoint listens: it is let in, but one failure takes it out again.
    /// </summary>
    public void OnProbeInsteadOfCall(Endpoint endpoint, bool succeeded)
    {
        lock (_gate)
        {
            var status = endpoint.Health.Status;
            if (status.State != HealthState.Probation || endpoint.Health.Check.State == CheckState.Failing)
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

    /// <summary>The endpoint has asked to be left alone. On probation too: the plea shows that it is alive and not that it is well, so there is no other attempt before that time is over.</summary>
    public void Rest(Endpoint endpoint, in AttemptReport report)
    {
        var numbers = _options;
        var until = report.EndedAt + RestTime.Of(report, numbers);
        if (!numbers.Enabled || numbers.ObserveOnly || until == report.EndedAt)
        {
            return;
        }

        lock (_gate)
        {
            var health = endpoint.Health;
            var state = health.Status.State;
            if (state == HealthState.Ejected || until <= health.RestUntil)
            {
                return;
            }

            if (state == HealthState.Healthy && health.RestUntil <= report.EndedAt
                && !EjectionGuard.Judge(endpoint, _members, numbers, report.EndedAt, detector: null).IsAllowed)
            {
                return;
            }

            health.RestTo(until);
            health.SetDoor();
        }

        listener.OnResting(endpoint, until);
    }

    /// <summary>
    /// The attempt on probation has ended without a verdict: it was given up, or asked for rest. Given up when an answer was overdue, alone or together with those
    /// before it, it has failed. Else the next one comes after the time that this one would have had: one after another would be lost there, or refused.
    /// </summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="report">The end of the attempt.</param>
    /// <param name="ticks">The time that an attempt on probation has.</param>
    public void OnUnsettled(Endpoint endpoint, in AttemptReport report, long ticks)
    {
        lock (_gate)
        {
            var health = endpoint.Health;
            var status = health.Status;
            var time = Math.Max(ticks, _options.StallTime.Ticks);
            if (status.State != HealthState.Probation || report.StartedAt < status.Since)
            {
                return;
            }

            if (report.Evidence == Evidence.Drained)
            {
                // We have cut it off.
                health.FreeProbation();
            }
            else if (report.Evidence is Evidence.CallerCancelled or Evidence.CallTimeout or Evidence.Overtaken && 2 * health.AddProbationWait(report.Duration) >= time)
            {
                EjectAgain(endpoint, status, Evidence.AttemptTimeout, "given up on probation without an answer");
            }
            else
            {
                health.HoldProbation(report.EndedAt + time);
            }
        }
    }

    private void Acquit(Func<HealthStatus, bool> concerns, string why)
    {
        lock (_gate)
        {
            foreach (var member in _members)
            {
                var status = member.Health.Status;
                if (concerns(status))
                {
                    member.Health.FreeProbation();
                    Move(member, status, SelfReview.Acquitted(status, clock.Now, why));
                }
            }
        }
    }

    private void Eject(Endpoint endpoint, HealthStatus status, Evidence evidence, long now, string reason)
    {
        if (HealthStatus.IsFoundByProbe(evidence))
        {
            // Nobody listens: whoever asked for rest is gone, and who comes after has not.
            endpoint.Health.EndRest();
        }

        Move(endpoint, status, EjectionTime.Ejected(_options, random, evidence, now, EjectionTime.Past(_options, status, evidence, now), reason));
    }

    private void EjectAgain(Endpoint endpoint, HealthStatus status, Evidence evidence, string reason)
    {
        endpoint.Health.FreeProbation();
        Move(endpoint, status, EjectionTime.Ejected(_options, random, evidence, clock.Now, status.Ejections, reason));
    }

    private void Heal(Endpoint endpoint, HealthStatus status, string reason)
    {
        endpoint.Health.FreeProbation();
        endpoint.Health.EndRest();
        endpoint.Health.ForgetOutcomes(wasSlow: status.Evidence == Evidence.Slow);
        endpoint.Load.ForgetEjection(status.IsHard || status.IsSilence);
        Move(endpoint, status, new HealthStatus(HealthState.Healthy, Evidence.None, clock.Now, 0, status.Ejections, reason));
    }

    private void Move(Endpoint endpoint, HealthStatus from, HealthStatus to)
    {
        if (!endpoint.Health.TryMove(from, to))
        {
            return;
        }

        endpoint.Health.SetDoor();
        listener.OnHealthChanged(endpoint, from, to);
    }
}
