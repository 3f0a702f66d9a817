using ClientLb.Telemetry;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClientLb.DependencyInjection;

/// <summary>
/// Warns of a finite <see cref="HttpClient.Timeout"/> on a client that owns its time limits: to a handler it looks as if the caller had cancelled,
/// so nothing could be retried or learnt from it.
/// </summary>
internal sealed class TimeoutWarning(IOptions<OwnedClients> owned, ILoggerFactory loggers) : IPostConfigureOptions<HttpClientFactoryOptions>
{
    private readonly ILogger _logger = loggers.CreateLogger("ClientLb.Calls");
    private readonly HashSet<string> _warned = [];

    public void PostConfigure(string? name, HttpClientFactoryOptions options)
    {
        if (name is not null && owned.Value.Names.Contains(name))
        {
            options.HttpClientActions.Add(client => Check(name, client));
        }
    }

    private void Check(string name, HttpClient client)
    {
        if (client.Timeout == Timeout.InfiniteTimeSpan)
        {
            return;
        }

        lock (_warned)
        {
            if (!_warned.Add(name))
            {
                return;
            }
        }

        _logger.ClientMisconfigured(name, $"HttpClient.Timeout is {client.Timeout}: to the load balancer it looks like a caller who cancels. " +
            $"Leave it infinite and set ClientLb:Clients:{name}:Timeouts:Call instead.");
    }
}
