using Microsoft.Extensions.Logging;

namespace ClientLb.Consul;

internal static partial class ConsulLog
{
    [LoggerMessage(2100, LogLevel.Warning, "Instance {Instance} of {Service} is left out, its address {Host} and port {Port} can't be used")]
    public static partial void UnusableInstance(ILogger logger, string service, string instance, string? host, int port);

    [LoggerMessage(2101, LogLevel.Information, "Consul lists {Count} instances of {Service}, {Before} before")]
    public static partial void Listed(ILogger logger, string service, int count, int before);

    [LoggerMessage(2102, LogLevel.Warning, "Consul lists no instance of {Service}, {Before} before: {Hint}")]
    public static partial void Emptied(ILogger logger, string service, int before, string hint);

    [LoggerMessage(2103, LogLevel.Warning, "The watch of {Service} fails, the list of {Count} instances from before stays: {Error}")]
    public static partial void Failing(ILogger logger, string service, int count, string error);

    [LoggerMessage(2104, LogLevel.Information, "The watch of {Service} works again after {Failures} failures")]
    public static partial void Recovered(ILogger logger, string service, int failures);

    [LoggerMessage(2105, LogLevel.Information, "Consul is asked at {Agent} from now on, {Before} does not answer")]
    public static partial void OtherAgent(ILogger logger, Uri agent, Uri before);

    [LoggerMessage(2106, LogLevel.Information, "Consul's leader is {Leader} now, {Before} before: held queries that stay silent are sent again")]
    public static partial void OtherLeader(ILogger logger, string leader, string before);

    [LoggerMessage(2110, LogLevel.Information, "Consul's certificates have changed: new requests use them")]
    public static partial void CertificatesRenewed(ILogger logger);

    [LoggerMessage(2111, LogLevel.Warning, "Consul's certificates have changed and can't be used, those from before stay: {Error} Check CaFile, CertificateFile and KeyFile")]
    public static partial void CertificatesRefused(ILogger logger, string error);

    [LoggerMessage(2112, LogLevel.Information, "{Watches} services are watched and at most {Places} queries held (MaxHeldQueries): the watches take turns, and a change "
        + "may be seen as late as Wait. More places need a higher limits.http_max_conns_per_client in the agent; over https there is no such limit")]
    public static partial void TurnsBegin(ILogger logger, int watches, int places);

    [LoggerMessage(2113, LogLevel.Information, "The prepared query {Query} is served by the data centre {Datacenter} now")]
    public static partial void OtherDatacenter(ILogger logger, string query, string datacenter);

    [LoggerMessage(2107, LogLevel.Error, "The watch of {Service} met a defect and goes on")]
    public static partial void Defect(ILogger logger, Exception exception, string service);
}
