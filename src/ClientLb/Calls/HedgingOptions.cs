using ClientLb.Settings;

namespace ClientLb.Calls;

/// <summary>
/// Whether a client sends a second attempt of a call that takes long, to another endpoint, and takes the first good answer. Off by default: it adds load, at most what the
/// cluster's retry budget pays for. Only calls that are idempotent, and whose body is in memory, are hedged; upgrades, event streams and synchronous ones never are.
/// </summary>
/// <remarks>
/// The delay by a percentile is that of Finagle's BackupRequestFilter, after Dean and Barroso, "The Tail at Scale" (2013); what ends a hedged call is gRPC's A6.
/// </remarks>
public sealed class HedgingOptions
{
    /// <summary>
    /// Hedges a call that has taken longer than this fraction of the client's calls to the cluster took lately: 0.95 adds about 5 % attempts. Default 0: off. The time is
    /// measured, at least 1 ms, and rounded up to a whole millisecond.
    /// </summary>
    public double Percentile { get; set; }

    /// <summary>Hedges a call after this fixed time instead. Default 0: off.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>
    /// How many attempts may be made at once, the first one included. Default 2. They count among <see cref="RetryOptions.MaxAttempts"/>, which bounds retries and hedges together.
    /// </summary>
    public int MaxAttempts { get; set; } = 2;

    /// <summary>How many calls are measured before <see cref="Percentile"/> acts. Default 100: with fewer the 95th percentile is a matter of chance.</summary>
    public int MinSamples { get; set; } = 100;

    internal static SettingsSchema<HedgingOptions> Schema { get; } = new SettingsSchema<HedgingOptions>()
        .Number(nameof(Percentile), static o => o.Percentile, static (o, v) => o.Percentile = v, 0, 0.999)
        .Duration(nameof(Delay), static o => o.Delay, static (o, v) => o.Delay = v, TimeSpan.Zero, TimeSpan.FromHours(1))
        .Whole(nameof(MaxAttempts), static o => o.MaxAttempts, static (o, v) => o.MaxAttempts = v, 2, 5)
        .Whole(nameof(MinSamples), static o => o.MinSamples, static (o, v) => o.MinSamples = v, 10, 100_000)
        .Rule(static (path, o, errors) =>
        {
            if (o.Percentile is > 0 and < 0.5)
            {
                errors.Add($"{path}:{nameof(Percentile)}", o.Percentile, "0 (off), or a number from 0.5 to 0.999: less would double most calls");
            }

            if (o.Delay > TimeSpan.Zero && o.Delay < TimeSpan.FromMilliseconds(1))
            {
                errors.Add($"{path}:{nameof(Delay)}", Durations.Format(o.Delay), "0 (off), or at least 1ms, which is as fine as timers are");
            }

            if (o.Percentile > 0 && o.Delay > TimeSpan.Zero)
            {
                errors.Add($"{path}:{nameof(Delay)}", Durations.Format(o.Delay), $"0 where {nameof(Percentile)} is set: one of them says when");
            }
        });
}
