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
}
