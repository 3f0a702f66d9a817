using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>What active checks have to say in the health machine.</summary>
internal sealed class CheckVerdicts(HealthMachine machine, MonotonicClock clock, IHealthListener listener)
{
    /// <summary>What the active checks of an endpoint say now. Told after each check: what a guard refused may be allowed later.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="state">The verdict after its thresholds.</param>
    /// <param name="evidence">For a failing one: what the last check met. Refused and unreachable are hard, all else is soft.</param>
    /// <param name="reason">Why, in words.</param>
    public void OnChecked(Endpoint endpoint, CheckState state, Evidence evidence, string reason)
    {
        var health = endpoint.Health;
        var now = clock.Now;
        var before = health.Check;
        if (before.State != state)
        {
            health.Check = new CheckStatus(state, now, reason);
            listener.OnCheckChanged(endpoint, before, health.Check);
        }
        else if (state == CheckState.Pending)
        {
            health.Check = before with { Reason = reason };
        }

        switch (state)
        {
            case CheckState.Failing when HealthStatus.IsHardEvidence(evidence):
                machine.EjectHard(endpoint, evidence, now, reason);
                break;

            case CheckState.Failing:
                if (Alikes.FailEveryCheck(machine.Members))
                {
                    machine.AcquitChecked();
                }

                machine.Suspect(endpoint, Detector.ActiveCheck, Evidence.CheckFailed, now, reason);
                break;

            case CheckState.Passing or CheckState.Degraded when before.State == CheckState.Failing:
                var status = health.Status;
                if (status.IsHard || status.Evidence == Evidence.CheckFailed)
                {
                    // An ejection by traffic is not undone: the health page of a process may be all that works in it.
                    machine.OnSignOfLife(endpoint, "its health check passes again");
                }

                break;
        }
    }

    /// <summary>The endpoint is checked no more, or has just come: its checks have no say, or none yet.</summary>
    public void SetUnchecked(Endpoint endpoint, CheckState state)
    {
        var before = endpoint.Health.Check;
        if (before.State == state)
        {
            return;
        }

        endpoint.Health.Check = state == CheckState.Unknown ? CheckStatus.Unknown : new CheckStatus(state, clock.Now, "its first check has not passed yet");
        if (before.State == CheckState.Failing && endpoint.Health.Status.Evidence == Evidence.CheckFailed)
        {
            machine.OnSignOfLife(endpoint, "it is checked no more");
        }

        listener.OnCheckChanged(endpoint, before, endpoint.Health.Check);
    }
}
