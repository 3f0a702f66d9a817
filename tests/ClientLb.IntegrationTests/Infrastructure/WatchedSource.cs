using System.Diagnostics;
using ClientLb.Consul;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>A Consul source, what one or more readers of it have seen, and what it has sent.</summary>
internal sealed class WatchedSource : IAsyncDisposable
{
    private readonly ConsulEndpointSource _source;
    private readonly CancellationTokenSource _stop = new();
    private readonly RequestCounter _counter;
    private readonly ConsulConnections _connections = new();
    private readonly List<SourceReader> _readers = [];

    public WatchedSource(Uri agent, Action<ConsulOptions>? configure = null, IDictionary<string, string?>? configuration = null, ILogger? logger = null)
        : this([agent], configure, configuration, logger)
    {
    }

    public WatchedSource(IEnumerable<Uri> agents, Action<ConsulOptions>? configure = null, IDictionary<string, string?>? configuration = null, ILogger? logger = null)
    {
        var options = new ConsulOptions();
        foreach (var agent in agents)
        {
            options.Addresses.Add(agent.AbsoluteUri);
        }

        configure?.Invoke(options);
        var handler = ConsulHandler.Create(options, _connections, TimeProvider.System, logger ?? NullLogger.Instance);
        _counter = new(handler);
        var runtime = new ConsulRuntime(options, _counter, _connections, TimeProvider.System, ThreadRandomSource.Instance, logger ?? NullLogger.Instance)
        {
            Renewing = handler as ConsulRenewingHandler,
        };
        _source = new(runtime, new ConfigurationBuilder().AddInMemoryCollection(configuration ?? new Dictionary<string, string?>()).Build());
    }

    /// <summary>How many requests about instances were sent.</summary>
    public int Requests => _counter.Count;

    /// <summary>The protocol of the last answer.</summary>
    public Version? Version => _counter.Version;

    /// <summary>How many connections were opened.</summary>
    public int Connections => _connections.Opened;

    public SourceReader Watch(string cluster)
    {
        var reader = new SourceReader();
        _readers.Add(reader);
        reader.Run(_source, cluster, _stop.Token);
        return reader;
    }

    /// <summary>Watches until the first update, and leaves.</summary>
    public async Task WatchOnceAsync(string cluster)
    {
        await foreach (var update in _source.WatchAsync(new(cluster), new SourceReader(), _stop.Token))
        {
            Assert.Null(update.Error);
            return;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var reader in _readers)
        {
            await reader.Completion;
        }

        await _source.DisposeAsync();
        _stop.Dispose();
    }
}
