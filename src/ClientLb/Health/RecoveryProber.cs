using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>
/// The way back: probes endpoints that refused their connection every second, and stands in for calls at a probation that none came to.
/// Driven by the cluster's loop; at most 64 probes at once.
/// </summary>
internal sealed class RecoveryProber(HealthMachine machine, IEndpointProbe probe, CancellationToken stop)
{
    private const int MaxInFlight = 64;

    private readonly ConditionalWeakTable<Endpoint, Plan> _plans = [];
    private int _inFlight;

    /// <summary>Starts the probe of an endpoint if one is due.</summary>
    /// <returns>False where one is due and too many are in flight: who is looked at first next time is not to be those who were first now.</returns>
    public bool Look(Endpoint endpoint, long now)
    {
        var status = endpoint.Health.Status;
        if (status.State == HealthState.Healthy)
        {
            return true;
        }

        var plan = _plans.GetOrCreateValue(endpoint);
        if (plan.Since != status.Since)
        {
            plan.Since = status.Since;
            plan.NextAt = status.Since + FirstDelay(status);
        }

        if (status.State == HealthState.Probation && IsHeldOut(endpoint, now))
        {
            // No call is allowed to come: that nobody comes is no reason to let a connect decide, and the time to wait has not begun.
            plan.NextAt = now + FirstDelay(status);
            return true;
        }

        if (now < plan.NextAt || plan.IsRunning || !Probes(status) || IsTried(endpoint, status, now))
        {
            return true;
        }

        if (Volatile.Read(ref _inFlight) >= MaxInFlight)
        {
            return false;
        }

        plan.NextAt = now + machine.Options.ProbeInterval.Ticks;
        plan.IsRunning = true;
        Interlocked.Increment(ref _inFlight);
        _ = RunAsync(endpoint, plan, status);
        return true;
    }

    // A probe by TCP connect says something where a connection was what failed; a frozen process still accepts in its kernel.
    private static bool Probes(HealthStatus status) => status.State == HealthState.Probation
        ? !status.IsSilence
        : HealthStatus.IsFoundByProbe(status.Evidence) || AreBroken(status);

    // The connections of a process that was killed break, all at once: those that are refused come after them, and no call need be the one to find out.
    private static bool AreBroken(HealthStatus status) => status is { State: HealthState.Ejected, Evidence: Evidence.Reset };

    private static bool IsHeldOut(Endpoint endpoint, long now) => endpoint.Health.RestUntil > now || endpoint.Descriptor.IsDraining || endpoint.Descriptor.Status == RegistryStatus.Critical
        || endpoint.Health.Order is not null || endpoint.Health.Check.State == CheckState.Failing;

    // A call is finding it out already, and knows more than a connect.
    private static bool IsTried(Endpoint endpoint, HealthStatus status, long now) =>
        status.State == HealthState.Probation && endpoint.Health.IsProbationTaken(now);

    private long FirstDelay(HealthStatus status) => status.State == HealthState.Probation ? machine.Options.ProbationPatience.Ticks
        : AreBroken(status) ? 0
        : machine.Options.ProbeInterval.Ticks;

    private async Task RunAsync(Endpoint endpoint, Plan plan, HealthStatus status)
    {
        try
        {
            var answered = await probe.ProbeAsync(endpoint, stop).ConfigureAwait(false);
            if (status.State == HealthState.Probation)
            {
                machine.OnProbeInsteadOfCall(endpoint, answered);
            }
            else if (AreBroken(status))
            {
                if (!answered)
                {
                    machine.OnProbeWithoutConnection(endpoint, status);
                }
            }
            else if (answered)
            {
                machine.OnSignOfLife(endpoint, "it accepts connections again");
            }
        }
        catch (OperationCanceledException)
        {
            // The cluster ends.
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
            plan.IsRunning = false;
        }
    }

    private sealed class Plan
    {
        public long Since { get; set; }

        public long NextAt { get; set; }

        public volatile bool IsRunning;
    }
}
