using System.Collections.Concurrent;
using ClientLb.Settings;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging;

namespace ClientLb.Http;

/// <summary>Says once for each client and host that a name is nearly that of a cluster, and was probably meant so.</summary>
internal static class UnknownAuthorities
{
    private const int MaxRemembered = 1000;

    private static readonly ConcurrentDictionary<(string Client, string Host), bool> s_seen = new();

    public static void Hint(string client, string host, IEnumerable<string> known, ILogger logger)
    {
        if (s_seen.Count >= MaxRemembered || !s_seen.TryAdd((client, host), true))
        {
            return;
        }

        if (NearName.Find(host, known) is { } near)
        {
            logger.NearlyACluster(client, host, near);
        }
    }
}
