using Microsoft.Extensions.Logging;

namespace ClientLb.Discovery;

internal static partial class DiscoveryLog
{
    [LoggerMessage(2000, LogLevel.Warning, "Reloaded configuration of {Section} is not usable, the list of {Count} endpoints from before stays: {Mistakes}")]
    public static partial void BadReload(ILogger logger, string section, int count, string mistakes);

    [LoggerMessage(2001, LogLevel.Information, "Configuration of {Section} lists {Count} endpoints, {Before} before")]
    public static partial void Reloaded(ILogger logger, string section, int count, int before);

    [LoggerMessage(2010, LogLevel.Warning, "Cluster {Cluster}: source {Source} gives no list ({Why}); the stored one of {Count} endpoints, {Age} old, serves until it does: {File}")]
    public static partial void StoredListServes(ILogger logger, string cluster, string source, string why, int count, TimeSpan age, string file);

    [LoggerMessage(2011, LogLevel.Information, "Cluster {Cluster}: source {Source} gives a list of {Count} endpoints, the stored one no longer serves")]
    public static partial void StoredListReplaced(ILogger logger, string cluster, string source, int count);

    [LoggerMessage(2012, LogLevel.Warning, "Cluster {Cluster}: the stored list {File} is not used: {Problem}")]
    public static partial void StoredListRefused(ILogger logger, string cluster, string file, string problem);

    [LoggerMessage(2013, LogLevel.Warning, "Cluster {Cluster}: the stored list {File} was written by a newer version and is not used: {Problem}")]
    public static partial void StoredByNewerVersion(ILogger logger, string cluster, string file, string problem);

    [LoggerMessage(2014, LogLevel.Information, "Cluster {Cluster}: source {Source} gives no list yet, and none is stored: {File}")]
    public static partial void NothingStored(ILogger logger, string cluster, string source, string file);

    [LoggerMessage(2015, LogLevel.Warning, "Cluster {Cluster}: the list can't be stored in {File}, a start without its source would have none: {Problem}")]
    public static partial void NotStored(ILogger logger, string cluster, string file, string problem);

    [LoggerMessage(2016, LogLevel.Information, "Cluster {Cluster}: the list is stored again: {File}")]
    public static partial void StoredAgain(ILogger logger, string cluster, string file);

    [LoggerMessage(2020, LogLevel.Warning, "Cluster {Cluster}: source {Source} failed: {Error} Its last list stays in force; next try in {Delay}.")]
    public static partial void SourceFailed(ILogger logger, string cluster, string source, string error, TimeSpan delay);

    [LoggerMessage(2021, LogLevel.Information, "Cluster {Cluster}: source {Source} works again after {Errors} errors.")]
    public static partial void SourceRecovered(ILogger logger, string cluster, string source, int errors);

    [LoggerMessage(2022, LogLevel.Warning, "Cluster {Cluster}: source {Source} is named in Sources but does not know the cluster; it is left out.")]
    public static partial void SourceLeftOut(ILogger logger, string cluster, string source);

    [LoggerMessage(2023, LogLevel.Information, "Cluster {Cluster}: the name {Name} has the addresses {Addresses}; there were {Before} before.")]
    public static partial void NameResolved(ILogger logger, string cluster, string name, string addresses, int before);

    [LoggerMessage(2024, LogLevel.Warning, "Cluster {Cluster}: {Error} Its {Count} addresses from before stay in force.")]
    public static partial void NameFailed(ILogger logger, string cluster, string error, int count);

    [LoggerMessage(2025, LogLevel.Information, "Cluster {Cluster}: the name {Name} can be looked up again; its addresses are those of before.")]
    public static partial void NameResolvedAgain(ILogger logger, string cluster, string name);
}
