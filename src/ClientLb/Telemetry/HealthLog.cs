using Microsoft.Extensions.Logging;

namespace ClientLb.Telemetry;

/// <summary>What health says in the log: every change of state with its evidence. Ids 200 to 299.</summary>
internal static partial class HealthLog
{
    [LoggerMessage(200, LogLevel.Warning, "Cluster {Cluster}: endpoint {Endpoint} ejected for {Duration}: {Reason}.")]
    public static partial void Ejected(this ILogger logger, string cluster, string endpoint, TimeSpan duration, string reason);

    [LoggerMessage(201, LogLevel.Information, "Cluster {Cluster}: endpoint {Endpoint} on probation: {Reason}.")]
    public static partial void OnProbation(this ILogger logger, string cluster, string endpoint, string reason);

    [LoggerMessage(202, LogLevel.Information, "Cluster {Cluster}: endpoint {Endpoint} healthy again: {Reason}.")]
    public static partial void HealthyAgain(this ILogger logger, string cluster, string endpoint, string reason);

    [LoggerMessage(203, LogLevel.Warning, "Cluster {Cluster}: endpoint {Endpoint} would be ejected ({Reason}), but {Guard}.")]
    public static partial void EjectionPrevented(this ILogger logger, string cluster, string endpoint, string reason, string guard);

    [LoggerMessage(204, LogLevel.Information, "Cluster {Cluster}: endpoint {Endpoint} asked for rest and gets nothing new for {Duration}.")]
    public static partial void Resting(this ILogger logger, string cluster, string endpoint, TimeSpan duration);

    [LoggerMessage(205, LogLevel.Information, "Cluster {Cluster}: the checks of endpoint {Endpoint} say {State} (before: {Before}): {Reason}.")]
    public static partial void CheckChanged(this ILogger logger, string cluster, string endpoint, string state, string before, string reason);

    [LoggerMessage(220, LogLevel.Warning, "Cluster {Cluster}: order for endpoint {Endpoint}: {Order} {Time}: {Reason}.")]
    public static partial void Ordered(this ILogger logger, string cluster, string endpoint, string order, string time, string reason);

    [LoggerMessage(221, LogLevel.Information, "Cluster {Cluster}: the order for endpoint {Endpoint} to {Order} has ended by its time; it was given because: {Reason}.")]
    public static partial void OrderEnded(this ILogger logger, string cluster, string endpoint, string order, string reason);

    [LoggerMessage(222, LogLevel.Information, "Cluster {Cluster}: endpoint {Endpoint} restored by order: {Reason}.")]
    public static partial void Restored(this ILogger logger, string cluster, string endpoint, string reason);

    [LoggerMessage(230, LogLevel.Information, "Cluster {Cluster}: endpoint {Endpoint} has drained in {Elapsed}: {Drained} ended by themselves, {CutOff} were cut off.")]
    public static partial void Drained(this ILogger logger, string cluster, string endpoint, TimeSpan elapsed, int drained, int cutOff);

    [LoggerMessage(231, LogLevel.Warning, "Cluster {Cluster}: endpoint {Endpoint} has not drained in {Elapsed}: {Drained} ended by themselves, {CutOff} are cut off.")]
    public static partial void CutOff(this ILogger logger, string cluster, string endpoint, TimeSpan elapsed, int drained, int cutOff);

    [LoggerMessage(232, LogLevel.Information, "Cluster {Cluster}: endpoint {Endpoint} drains no more after {Elapsed}: {Drained} ended by themselves, {InFlight} are in flight.")]
    public static partial void DrainReturned(this ILogger logger, string cluster, string endpoint, TimeSpan elapsed, int drained, int inFlight);

    [LoggerMessage(233, LogLevel.Information, "Cluster {Cluster}: endpoint {Endpoint} drains ({Why}) with {InFlight} in flight.")]
    public static partial void DrainBegan(this ILogger logger, string cluster, string endpoint, string why, int inFlight);

    [LoggerMessage(236, LogLevel.Error, "Cluster {Cluster}: a listener to the ends of drains (DrainEnded) has thrown.")]
    public static partial void DrainListenerThrew(this ILogger logger, Exception exception, string cluster);

    [LoggerMessage(235, LogLevel.Warning, "Cluster {Cluster}: endpoint {Endpoint} could not be made ready before its first calls, and gets them all the same: {Error}")]
    public static partial void NotPrepared(this ILogger logger, string cluster, string endpoint, string error);

    [LoggerMessage(234, LogLevel.Information, "Cluster {Cluster}: endpoint {Endpoint} had drained and is in use again after {Elapsed}.")]
    public static partial void DrainsNoMore(this ILogger logger, string cluster, string endpoint, TimeSpan elapsed);

    [LoggerMessage(206, LogLevel.Information, "Cluster {Cluster}: active checks are on: {Check} each {Interval}.")]
    public static partial void ChecksOn(this ILogger logger, string cluster, string check, TimeSpan interval);

    [LoggerMessage(207, LogLevel.Information, "Cluster {Cluster}: active checks are off.")]
    public static partial void ChecksOff(this ILogger logger, string cluster);

    [LoggerMessage(208, LogLevel.Warning, "Cluster {Cluster}: the health service of endpoint {Endpoint} has no Watch (UNIMPLEMENTED); it is asked by Check each {Interval} alone.")]
    public static partial void WatchNotServed(this ILogger logger, string cluster, string endpoint, TimeSpan interval);

    [LoggerMessage(209, LogLevel.Warning, "Cluster {Cluster}: endpoint {Endpoint} could not be checked, for a reason in this machine: {Error}. Said once a minute.")]
    public static partial void CheckNotMade(this ILogger logger, string cluster, string endpoint, string error);
}
