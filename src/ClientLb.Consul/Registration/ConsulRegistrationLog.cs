using Microsoft.Extensions.Logging;

namespace ClientLb.Consul.Registration;

internal static partial class ConsulRegistrationLog
{
    [LoggerMessage(2150, LogLevel.Information, "{Service} is registered as {Id} at {Address}:{Port} with Consul at {Agent}")]
    public static partial void Registered(ILogger logger, string service, string id, string address, int port, Uri agent);

    [LoggerMessage(2151, LogLevel.Warning, "The registration of {Service} fails and is tried again: {Error}")]
    public static partial void Failing(ILogger logger, string service, string error);

    [LoggerMessage(2152, LogLevel.Information, "The registration of {Service} works again after {Failures} failures")]
    public static partial void Recovered(ILogger logger, string service, int failures);

    [LoggerMessage(2153, LogLevel.Warning, "Consul at {Agent} has lost {Id}: it is registered again")]
    public static partial void Lost(ILogger logger, string id, Uri agent);

    [LoggerMessage(2154, LogLevel.Error, "{Service} is not registered with Consul: {Reason}. Set {Key}")]
    public static partial void Incomplete(ILogger logger, string service, string reason, string key);

    [LoggerMessage(2155, LogLevel.Warning, "{Id} is {Status} now, {Before} before: {Output}")]
    public static partial void StatusChanged(ILogger logger, string id, string status, string before, string output);

    [LoggerMessage(2156, LogLevel.Information, "{Id} is in maintenance with {InFlight} calls in flight, and stops when they are done")]
    public static partial void Draining(ILogger logger, string id, int inFlight);

    [LoggerMessage(2157, LogLevel.Warning, "{Id} stops with {InFlight} calls in flight after {Waited}: {Limit} is over")]
    public static partial void DrainEnded(ILogger logger, string id, int inFlight, TimeSpan waited, string limit);

    [LoggerMessage(2158, LogLevel.Information, "{Id} is deregistered from Consul at {Agent}")]
    public static partial void Deregistered(ILogger logger, string id, Uri agent);

    [LoggerMessage(2159, LogLevel.Warning, "{Id} stops without telling its callers: {Error}")]
    public static partial void NotDrained(ILogger logger, string id, string error);

    [LoggerMessage(2160, LogLevel.Warning, "{Id} could not be deregistered, Consul forgets it by its checks: {Error}")]
    public static partial void NotDeregistered(ILogger logger, string id, string error);

    [LoggerMessage(2161, LogLevel.Error, "The registration of {Service} met a defect and goes on")]
    public static partial void Defect(ILogger logger, Exception exception, string service);
}
