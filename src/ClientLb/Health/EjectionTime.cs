using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>How long an ejection lasts: base × 2^n, at most the maximum, ± 25 % so that clients do not come back together.</summary>
internal static class EjectionTime
{
    private static readonly long s_patienceWithProbes = TimeSpan.FromMinutes(1).Ticks;
    private static readonly long s_reward = TimeSpan.FromSeconds(30).Ticks;

    /// <param name="options">The numbers.</param>
    /// <param name="random">The chance.</param>
    /// <param name="evidence">What took it out.</param>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="past">Earlier ejections that still count.</param>
    /// <param name="reason">Why, in words.</param>
    public static HealthStatus Ejected(OutlierDetectionOptions options, IRandomSource random, Evidence evidence, long now, int past, string reason)
    {
        var full = options.BaseEjectionTime.Ticks * Math.Pow(2, Math.Min(past, 30));
        var length = Math.Min(options.MaxEjectionTime.Ticks, full) * (0.75 + (0.5 * random.NextDouble()));

        // No more than it takes to come to the maximum, as in Envoy: what an outage of hours has piled up would take hours of good behaviour to fade.
        return new HealthStatus(HealthState.Ejected, evidence, now, now + (long)length, past == 0 || full < options.MaxEjectionTime.Ticks ? past + 1 : past, reason);
    }

    /// <summary>
    /// Time alone ends an ejection, but not of an endpoint that nobody reached: calls would pay for finding out what the probe finds out each
    /// second. Only where probes may not tell (a proxy in between) a minute more is enough. Nor while its check says that it fails.
    /// </summary>
    public static bool IsOver(EndpointHealth health, long now)
    {
        var status = health.Status;
        return status.State == HealthState.Ejected
            ? health.Check.State != CheckState.Failing && now >= status.Until + (HealthStatus.IsFoundByProbe(status.Evidence) ? s_patienceWithProbes : 0)
            : status.State == HealthState.Healthy && health.RestUntil != 0 && now >= health.RestUntil;
    }

    /// <summary>How many earlier ejections of a healthy endpoint still count: good behaviour is rewarded, and every 30 s of it take one doubling back.</summary>
    /// <remarks>
    /// What a comparison with peers finds takes some intervals to be found again, and those are no good behaviour.
    /// </remarks>
    public static int Past(OutlierDetectionOptions options, HealthStatus status, Evidence evidence, long now)
    {
        var reward = evidence is Evidence.Slow or Evidence.WorseThanPeers ? Math.Max(s_reward, 9 * options.Interval.Ticks) : s_reward;
        return (int)Math.Max(0, status.Ejections - (status.Since == 0 ? 0 : (now - status.Since) / reward));
    }
}
