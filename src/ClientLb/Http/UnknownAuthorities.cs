using System.Collections.Concurrent;
using ClientLb.Settings;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging;

namespace ClientLb.Http;

/// <summary>Says once for each host of a client that its name is nearly that of a cluster, and was probably meant so.</summary>
internal sealed class UnknownAuthorities
{
    private const int MaxRemembered = 1000;

    private readonly ConcurrentDictionary<string, bool> _seen = new(StringComparer.OrdinalIgnoreCase);

    public void Hint(string client, string host, IEnumerable<string> known, ILogger logger)
    {
        if (_seen.ContainsKey(host) || _seen.Count >= MaxRemembered || !_seen.TryAdd(host, true))
        {
            return;
        }

        if (NearName.Find(host, known) is { } near)
        {
            logger.NearlyACluster(client, host, near);
        }
    }
}
