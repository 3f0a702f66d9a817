using ClientLb.Settings;

namespace ClientLb.Admission;

/// <summary>
/// A breaker over all calls of a cluster: where most of them fail in the end, further ones are refused at once. Off by default: endpoints have theirs
/// (<see cref="Health.OutlierDetectionOptions"/>), which leave the good ones in use; this one is for callers who must not wait for a service that is down as a whole.
/// </summary>
/// <remarks>
/// It counts how calls end, retries included, not attempts: an error that a retry has made good is a success. Calls that were refused (no endpoint, limits, this breaker),
/// that the caller cancelled, or whose own content threw do not count. Polly.Core's circuit breaker, per process.
/// </remarks>
public sealed class BreakerOptions
{
    /// <summary>True: it is there. Default false.</summary>
    public bool Enabled { get; set; }

    /// <summary>It opens when so many of the calls have failed, as a share of 1. Default 0.5.</summary>
    public double FailureRatio { get; set; } = 0.5;

    /// <summary>… of at least so many calls within <see cref="SamplingDuration"/>. Default 20: fewer say too little.</summary>
    public int MinimumThroughput { get; set; } = 20;

    /// <summary>The time over which calls are counted. Default 10 s.</summary>
    public TimeSpan SamplingDuration { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long it stays open before a call is made as a trial. Default 5 s, as in Polly.</summary>
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(5);

    internal static SettingsSchema<BreakerOptions> Schema { get; } = new SettingsSchema<BreakerOptions>()
        .Flag(nameof(Enabled), static o => o.Enabled, static (o, v) => o.Enabled = v)
        .Number(nameof(FailureRatio), static o => o.FailureRatio, static (o, v) => o.FailureRatio = v, 0.01, 1)
        .Whole(nameof(MinimumThroughput), static o => o.MinimumThroughput, static (o, v) => o.MinimumThroughput = v, 2, 1_000_000)
        .Duration(nameof(SamplingDuration), static o => o.SamplingDuration, static (o, v) => o.SamplingDuration = v, TimeSpan.FromMilliseconds(500), TimeSpan.FromHours(24))
        .Duration(nameof(BreakDuration), static o => o.BreakDuration, static (o, v) => o.BreakDuration = v, TimeSpan.FromMilliseconds(500), TimeSpan.FromHours(24));
}
