using Microsoft.Extensions.Logging;

namespace ClientLb.Discovery;

internal static partial class DiscoveryLog
{
    [LoggerMessage(2000, LogLevel.Warning, "Reloaded configuration of {Section} is not usable, the list of {Count} endpoints from before stays: {Mistakes}")]
    public static partial void BadReload(ILogger logger, string section, int count, string mistakes);

    [LoggerMessage(2001, LogLevel.Information, "Configuration of {Section} lists {Count} endpoints, {Before} before")]
    public static partial void Reloaded(ILogger logger, string section, int count, int before);

    [LoggerMessage(2010, LogLevel.Warning, "Cluster {Cluster}: source {Source} failed: {Error} Its last list stays in force; next try in {Delay}.")]
    public static partial void SourceFailed(ILogger logger, string cluster, string source, string error, TimeSpan delay);

    [LoggerMessage(2011, LogLevel.Information, "Cluster {Cluster}: source {Source} works again after {Errors} errors.")]
    public static partial void SourceRecovered(ILogger logger, string cluster, string source, int errors);

    [LoggerMessage(2012, LogLevel.Warning, "Cluster {Cluster}: source {Source} is named in Sources but does not know the cluster; it is left out.")]
    public static partial void SourceLeftOut(ILogger logger, string cluster, string source);

    [LoggerMessage(2013, LogLevel.Information, "Cluster {Cluster}: the name {Name} has the addresses {Addresses}; there were {Before} before.")]
    public static partial void NameResolved(ILogger logger, string cluster, string name, string addresses, int before);

    [LoggerMessage(2014, LogLevel.Warning, "Cluster {Cluster}: {Error} Its {Count} addresses from before stay in force.")]
    public static partial void NameFailed(ILogger logger, string cluster, string error, int count);

    [LoggerMessage(2015, LogLevel.Information, "Cluster {Cluster}: the name {Name} can be looked up again; its addresses are those of before.")]
    public static partial void NameResolvedAgain(ILogger logger, string cluster, string name);
}
