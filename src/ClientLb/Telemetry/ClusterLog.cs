using Microsoft.Extensions.Logging;

namespace ClientLb.Telemetry;

/// <summary>What clusters say in the log. Ids 100 to 199.</summary>
internal static partial class ClusterLog
{
    [LoggerMessage(100, LogLevel.Information, "Cluster {Cluster}: endpoint {Endpoint} added ({Detail}).")]
    public static partial void EndpointAdded(this ILogger logger, string cluster, string endpoint, string detail);

    [LoggerMessage(101, LogLevel.Information, "Cluster {Cluster}: endpoint {Endpoint} is no longer announced; it drains with {InFlight} in flight.")]
    public static partial void EndpointRemoved(this ILogger logger, string cluster, string endpoint, int inFlight);

    [LoggerMessage(102, LogLevel.Information, "Cluster {Cluster}: endpoint {Endpoint} changed: {Change}.")]
    public static partial void EndpointChanged(this ILogger logger, string cluster, string endpoint, string change);

    [LoggerMessage(103, LogLevel.Information, "Cluster {Cluster}: endpoint {Endpoint} retired.")]
    public static partial void EndpointRetired(this ILogger logger, string cluster, string endpoint);

    [LoggerMessage(104, LogLevel.Warning, "Cluster {Cluster}: {Count} endpoints vanished from the list at once and are kept as unlisted because they answered lately. {Note}")]
    public static partial void EndpointsUnlisted(this ILogger logger, string cluster, int count, string note);

    [LoggerMessage(105, LogLevel.Information, "Cluster {Cluster}: first list with {Count} endpoints, {Eligible} eligible.")]
    public static partial void Resolved(this ILogger logger, string cluster, int count, int eligible);

    [LoggerMessage(106, LogLevel.Warning, "Cluster {Cluster}: discovery failed: {Error} The last good list of {Count} endpoints stays in force; next try in {Delay}.")]
    public static partial void DiscoveryFailed(this ILogger logger, string cluster, string error, int count, TimeSpan delay);

    [LoggerMessage(107, LogLevel.Information, "Cluster {Cluster}: discovery works again after {Errors} errors.")]
    public static partial void DiscoveryRecovered(this ILogger logger, string cluster, int errors);

    [LoggerMessage(108, LogLevel.Warning, "Cluster {Cluster}: {Note}")]
    public static partial void DiscoveryNote(this ILogger logger, string cluster, string note);

    [LoggerMessage(109, LogLevel.Warning, "Cluster {Cluster}: too few endpoints are left ({Healthy} of {Total} healthy); {Eligible} are used all the same: {Why}.")]
    public static partial void PanicBegan(this ILogger logger, string cluster, int healthy, int total, int eligible, string why);

    [LoggerMessage(110, LogLevel.Information, "Cluster {Cluster}: enough endpoints are healthy again.")]
    public static partial void PanicEnded(this ILogger logger, string cluster);

    [LoggerMessage(111, LogLevel.Warning, "Cluster {Cluster}: no endpoint is eligible ({Known} known).")]
    public static partial void NoEndpoints(this ILogger logger, string cluster, int known);

    [LoggerMessage(112, LogLevel.Error, "Cluster {Cluster}: the cluster's loop met an unexpected error and goes on.")]
    public static partial void LoopFailed(this ILogger logger, Exception exception, string cluster);

    [LoggerMessage(113, LogLevel.Warning, "{Section}: the new settings are not valid and are ignored; the last good ones stay in force. {Errors}")]
    public static partial void ReloadRefused(this ILogger logger, string section, string errors);

    [LoggerMessage(114, LogLevel.Information, "{Section}: new settings are in force.")]
    public static partial void Reloaded(this ILogger logger, string section);

    [LoggerMessage(115, LogLevel.Warning, "Cluster {Cluster}: not resolved within {Timeout} at start.")]
    public static partial void WarmUpTimedOut(this ILogger logger, string cluster, TimeSpan timeout);

    [LoggerMessage(116, LogLevel.Warning, "Cluster {Cluster}: endpoint {Endpoint} has left and still has {InFlight} calls in flight after {Drain}; they go on.")]
    public static partial void DrainOverdue(this ILogger logger, string cluster, string endpoint, int inFlight, TimeSpan drain);

    [LoggerMessage(117, LogLevel.Information, "Cluster {Cluster}: {Count} endpoints that were kept as unlisted are announced again.")]
    public static partial void EndpointsRelisted(this ILogger logger, string cluster, int count);
}
