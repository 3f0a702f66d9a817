using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>How long an ejection lasts: base × 2^n, at most the maximum, ± 25 % so that clients do not come back together.</summary>
internal static class EjectionTime
{
    /// <param name="options">The numbers.</param>
    /// <param name="random">The chance.</param>
    /// <param name="evidence">What took it out.</param>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="past">Earlier ejections that still count.</param>
    /// <param name="reason">Why, in words.</param>
    public static HealthStatus Ejected(OutlierDetectionOptions options, IRandomSource random, Evidence evidence, long now, int past, string reason)
    {
        var length = Math.Min(options.MaxEjectionTime.Ticks, options.BaseEjectionTime.Ticks * Math.Pow(2, Math.Min(past, 30)));
        length *= 0.75 + (0.5 * random.NextDouble());
        return new HealthStatus(HealthState.Ejected, evidence, now, now + (long)length, past + 1, reason);
    }
}
