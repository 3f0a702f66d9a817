using Microsoft.Extensions.Logging;

namespace ClientLb.Telemetry;

/// <summary>What limits say in the log. Ids 320 to 329.</summary>
internal static partial class AdmissionLog
{
    [LoggerMessage(320, LogLevel.Information, "Cluster {Cluster}: endpoint {Endpoint} is in distress ({Evidence}); it gets at most {Limit} attempts at once, of {InFlight} now.")]
    public static partial void AdaptiveLimitBegan(this ILogger logger, string cluster, string endpoint, string evidence, int limit, int inFlight);

    [LoggerMessage(321, LogLevel.Information, "Cluster {Cluster}: endpoint {Endpoint} has shown no distress for {Time}; its limit of {Limit} attempts at once is lifted.")]
    public static partial void AdaptiveLimitLifted(this ILogger logger, string cluster, string endpoint, TimeSpan time, int limit);
}
