using ClientLb.Settings;

namespace ClientLb.Health;

/// <summary>
/// Ejects an endpoint that answers much more slowly than its peers (the members of the same priority): its median latency must be above theirs in all three ways at
/// once. Medians, because one slow kind of call must not accuse the endpoint that it happened to go to.
/// </summary>
public sealed class LatencyOutlierOptions
{
    /// <summary>False compares no latencies. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>More than this × the median absolute deviation (MAD) of the peers' medians above their median. Default 5.</summary>
    public double MadFactor { get; set; } = 5;

    /// <summary>At least this × the median of the peers. Default 3: where peers are all alike their deviation is next to nothing.</summary>
    public double MedianFactor { get; set; } = 3;

    /// <summary>At least so much above the median of the peers. Default 20 ms: what nobody notices is no reason.</summary>
    public TimeSpan MinimumGap { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>So many peers must have enough samples. Default 3.</summary>
    public int MinimumPeers { get; set; } = 3;

    /// <summary>
    /// So many latencies of an endpoint are enough. Default 20. They fade by half every 10 s. So many (at most 200) are all taken in each 10 s, so 20 answers in that
    /// time are enough; of those beyond one of eight.
    /// </summary>
    public int MinimumSamples { get; set; } = 20;

    internal static SettingsSchema<LatencyOutlierOptions> Schema { get; } = new SettingsSchema<LatencyOutlierOptions>()
        .Flag(nameof(Enabled), static o => o.Enabled, static (o, v) => o.Enabled = v)
        .Number(nameof(MadFactor), static o => o.MadFactor, static (o, v) => o.MadFactor = v, 0, 1000)
        .Number(nameof(MedianFactor), static o => o.MedianFactor, static (o, v) => o.MedianFactor = v, 1, 1000)
        .Duration(nameof(MinimumGap), static o => o.MinimumGap, static (o, v) => o.MinimumGap = v, TimeSpan.Zero, TimeSpan.FromMinutes(1))
        .Whole(nameof(MinimumPeers), static o => o.MinimumPeers, static (o, v) => o.MinimumPeers = v, 2, 10_000)
        .Whole(nameof(MinimumSamples), static o => o.MinimumSamples, static (o, v) => o.MinimumSamples = v, 1, 1_000_000);
}
