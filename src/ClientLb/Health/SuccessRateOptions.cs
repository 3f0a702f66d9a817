using ClientLb.Settings;

namespace ClientLb.Health;

/// <summary>
/// Ejects an endpoint that fails more often than its peers (the members of the same priority) in the last <see cref="OutlierDetectionOptions.Interval"/>: Envoy's
/// and gRPC A50's success rate, made safe against noise. The shares of 4xx answers are compared with the same numbers.
/// </summary>
public sealed class SuccessRateOptions
{
    /// <summary>False compares neither success rates nor shares of 4xx. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>When a rate is too low. Default <see cref="SuccessRateStatistics.Significant"/>.</summary>
    public SuccessRateStatistics Statistics { get; set; }

    /// <summary>So many endpoints must have had enough attempts to compare them. Default 5, as in Envoy and gRPC A50.</summary>
    public int MinimumHosts { get; set; } = 5;

    /// <summary>So many attempts in the interval are enough. Default 100, as in Envoy and gRPC A50.</summary>
    public int RequestVolume { get; set; } = 100;

    /// <summary>The threshold is mean − this × standard deviation (that of the whole population). Default 1.9, as in Envoy and gRPC A50 (there 1900).</summary>
    public double StdevFactor { get; set; } = 1.9;

    /// <summary><see cref="SuccessRateStatistics.Significant"/>: the least distance to the mean, as a fraction. Default 0.05: 5 points.</summary>
    public double MinimumGap { get; set; } = 0.05;

    /// <summary>
    /// <see cref="SuccessRateStatistics.Significant"/>: so many failures or more must be less probable than this where the rate is that of the peers (binomial
    /// distribution). Default 0.000001.
    /// </summary>
    public double Significance { get; set; } = 1e-6;

    internal static SettingsSchema<SuccessRateOptions> Schema { get; } = new SettingsSchema<SuccessRateOptions>()
        .Flag(nameof(Enabled), static o => o.Enabled, static (o, v) => o.Enabled = v)
        .Choice(nameof(Statistics), static o => o.Statistics, static (o, v) => o.Statistics = v)
        .Whole(nameof(MinimumHosts), static o => o.MinimumHosts, static (o, v) => o.MinimumHosts = v, 2, 10_000)
        .Whole(nameof(RequestVolume), static o => o.RequestVolume, static (o, v) => o.RequestVolume = v, 1, 1_000_000)
        .Number(nameof(StdevFactor), static o => o.StdevFactor, static (o, v) => o.StdevFactor = v, 0, 100)
        .Number(nameof(MinimumGap), static o => o.MinimumGap, static (o, v) => o.MinimumGap = v, 0, 1)
        .Number(nameof(Significance), static o => o.Significance, static (o, v) => o.Significance = v, 0, 1);
}
