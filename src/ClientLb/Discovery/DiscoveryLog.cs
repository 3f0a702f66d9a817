using Microsoft.Extensions.Logging;

namespace ClientLb.Discovery;

internal static partial class DiscoveryLog
{
    [LoggerMessage(2000, LogLevel.Warning, "Reloaded configuration of {Section} is not usable, the list of {Count} endpoints from before stays: {Mistakes}")]
    public static partial void BadReload(ILogger logger, string section, int count, string mistakes);

    [LoggerMessage(2001, LogLevel.Information, "Configuration of {Section} lists {Count} endpoints, {Before} before")]
    public static partial void Reloaded(ILogger logger, string section, int count, int before);
}
