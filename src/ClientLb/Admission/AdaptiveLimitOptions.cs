using ClientLb.Settings;

namespace ClientLb.Admission;

/// <summary>
/// The limit that an endpoint gets when it is seen to be in distress: it starts from half of what is in flight there, follows the answers, and goes after a while
/// without distress. A healthy endpoint has none.
/// </summary>
/// <remarks>
/// The rule (additive increase, multiplicative decrease per endpoint) is the one of the retry-storm simulation in docs: with a budget that successes fund
/// and ejection, a cluster that lost half of its servers for 10 s recovers in about a second. It has no fixed maximum: it starts from what is in flight.
/// </remarks>
public sealed class AdaptiveLimitOptions
{
    /// <summary>False leaves endpoints without a limit, however they fare. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// An answer that takes this many times what the endpoint took before the distress is a slow one, and the limit falls. Default 6, as simulated: what a loaded
    /// server takes for its slower answers stays below it, a queue in front of it does not.
    /// </summary>
    public double LatencyFactor { get; set; } = 6;

    /// <summary>The limit goes when no distress was seen for this time. Default 30 s.</summary>
    public TimeSpan LiftAfter { get; set; } = TimeSpan.FromSeconds(30);

    internal static SettingsSchema<AdaptiveLimitOptions> Schema { get; } = new SettingsSchema<AdaptiveLimitOptions>()
        .Flag(nameof(Enabled), static o => o.Enabled, static (o, v) => o.Enabled = v)
        .Number(nameof(LatencyFactor), static o => o.LatencyFactor, static (o, v) => o.LatencyFactor = v, 1.5, 1000)
        .Duration(nameof(LiftAfter), static o => o.LiftAfter, static (o, v) => o.LiftAfter = v, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
}
