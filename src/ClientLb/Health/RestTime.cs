using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>How long an endpoint is left alone that has asked for it.</summary>
internal static class RestTime
{
    private static readonly long s_default = TimeSpan.FromSeconds(1).Ticks;

    // "Retry-After: 0" is no rest, and what is shorter would be over before anybody knew of it.
    private static readonly long s_least = TimeSpan.FromMilliseconds(1).Ticks;

    /// <returns>The time in ticks: what was asked for, 1 s where that is not said, at most <see cref="OutlierDetectionOptions.MaxRest"/>; 0 where it is none.</returns>
    public static long Of(in AttemptReport report, OutlierDetectionOptions options)
    {
        var rest = Math.Min(report.RetryAfter > 0 ? report.RetryAfter : s_default, options.MaxRest.Ticks);
        return rest < s_least ? 0 : rest;
    }
}
