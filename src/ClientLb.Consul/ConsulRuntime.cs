using ClientLb.Endpoints;
using Microsoft.Extensions.Logging;

namespace ClientLb.Consul;

/// <summary>What all watches of one process share.</summary>
internal sealed class ConsulRuntime(
    ConsulOptions options, HttpMessageHandler handler, ConsulConnections connections, TimeProvider timeProvider, IRandomSource random,
    ILogger logger) : IDisposable
{
    public ConsulOptions Options => options;

    public ConsulClient Client { get; } = new(handler, options, timeProvider);

    /// <summary>What carries the watches and the pulse.</summary>
    public IConsulTransport Transport { get => field ?? Client; init; }

    public ConsulAgents Agents { get; } = new(options.Addresses, logger);

    public ConsulConnections Connections => connections;

    public MonotonicClock Clock { get; } = new(timeProvider);

    public ConsulAbandonment Abandonment { get; } = new(new(timeProvider), options.Wait);

    /// <summary>What takes changed certificates over; <see langword="null"/> where there are none.</summary>
    public ConsulRenewingHandler? Renewing { get; init; }

    public ConsulTurns Turns { get; } = new(options.MaxHeldQueries, options.Wait, logger);

    public ConsulShortQueries ShortQueries { get; } = new();

    public TimeProvider TimeProvider => timeProvider;

    public IRandomSource Random => random;

    public ILogger Logger => logger;

    public void Dispose()
    {
        Client.Dispose();
    }
}
