using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Settings;
using ClientLb.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClientLb.Http;

/// <summary>The load-balanced HTTP clients of a container, by name.</summary>
internal sealed class LoadBalancedClients(
    IServiceProvider provider, ClusterRegistry clusters, IOptionsFactory<LoadBalancedClientOptions> factory,
    IEnumerable<IOptionsChangeTokenSource<LoadBalancedClientOptions>> changes, IOptionsMonitor<AttemptHandlers> attemptHandlers,
    MonotonicClock clock, IRandomSource random, ILoggerFactory loggers) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<LoadBalancedClient>> _clients = new();
    private readonly TimeoutWheel _wheel = new(clock);
    private readonly ILogger _logger = loggers.CreateLogger("ClientLb.Calls");

    /// <summary>Replaces the handler of every endpoint: for tests and benchmarks without sockets.</summary>
    internal Func<Endpoint, HttpMessageHandler>? HandlerFactory { get; set; }

    public LoadBalancedClient Get(string name)
    {
        var client = _clients.GetOrAdd(name, static (key, self) => new(() => self.Create(key)), this);
        try
        {
            return client.Value;
        }
        catch
        {
            // The next try may find better settings.
            _clients.TryRemove(KeyValuePair.Create(name, client));
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values.Where(static client => client.IsValueCreated))
        {
            client.Value.Dispose();
        }

        _wheel.Dispose();
    }

    private LoadBalancedClient Create(string name)
    {
        var options = new ReloadableOptions<LoadBalancedClientOptions>(name, factory, changes, e => _logger.ReloadRefused(
            $"{LoadBalancedClientOptions.Section}:{name}", e is OptionsValidationException invalid ? string.Join(" ", invalid.Failures) : e.Message));
        var factories = attemptHandlers.Get(name).Factories;
        var settings = new ConnectionSettings
        {
            Client = name,
            MeterFactory = provider.GetService<IMeterFactory>(),
            AttemptHandlers = factories.Count == 0 ? null : () => factories.Select(make => make(provider)).ToList(),
            HandlerFactory = HandlerFactory,
        };
        return new LoadBalancedClient(name, options, settings, clusters, _wheel, random, _logger);
    }
}
