using Microsoft.Extensions.Logging;

namespace ClientLb.Telemetry;

/// <summary>What limits say in the log. Ids 320 to 339.</summary>
internal static partial class AdmissionLog
{
    [LoggerMessage(320, LogLevel.Information, "Cluster {Cluster}: endpoint {Endpoint} is in distress ({Evidence}); it gets at most {Limit} attempts at once, of {InFlight} now.")]
    public static partial void AdaptiveLimitBegan(this ILogger logger, string cluster, string endpoint, string evidence, int limit, int inFlight);

    [LoggerMessage(321, LogLevel.Information, "Cluster {Cluster}: endpoint {Endpoint} has shown no distress for {Time}; its limit of {Limit} attempts at once is lifted.")]
    public static partial void AdaptiveLimitLifted(this ILogger logger, string cluster, string endpoint, TimeSpan time, int limit);

    [LoggerMessage(330, LogLevel.Warning, "Cluster {Cluster}: its breaker is open for {Time} ({Reason}); calls are refused.")]
    public static partial void BreakerOpened(this ILogger logger, string cluster, TimeSpan time, string reason);

    [LoggerMessage(331, LogLevel.Information, "Cluster {Cluster}: its breaker is half-open; one call is made as a trial.")]
    public static partial void BreakerHalfOpened(this ILogger logger, string cluster);

    [LoggerMessage(332, LogLevel.Information, "Cluster {Cluster}: its breaker is closed ({Reason}); calls pass.")]
    public static partial void BreakerClosed(this ILogger logger, string cluster, string reason);

    [LoggerMessage(333, LogLevel.Warning, "Cluster {Cluster}: its breaker is isolated by order ({Reason}); calls are refused until it is closed.")]
    public static partial void BreakerIsolated(this ILogger logger, string cluster, string reason);
}
