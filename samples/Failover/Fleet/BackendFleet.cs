using ClientLb.Samples.Failover.Registries;
using ClientLb.Samples.Failover.Scenarios;

namespace ClientLb.Samples.Failover.Fleet;

/// <summary>The three backends.</summary>
internal sealed class BackendFleet : IAsyncDisposable
{
    private const int Count = 3;
    private const int VictimIndex = 1;

    private readonly List<Backend> _backends = [];

    public IReadOnlyList<Backend> Backends => _backends;

    public Backend Victim => _backends[VictimIndex];

    /// <summary>Starts them, and waits until the registry knows them.</summary>
    public async Task StartAsync(Scenario scenario, IRegistry registry, Loopback network, int seed, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Count; i++)
        {
            var relay = scenario.NeedsRelay && i == VictimIndex ? new Relay(network.Next()) : null;
            _backends.Add(new Backend($"orders-{i + 1}", registry, network.Next(), relay, seed + i));
        }

        await Task.WhenAll(_backends.Select(backend => backend.StartAsync(cancellationToken)));
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_backends.Select(static backend => backend.DisposeAsync().AsTask()));
}
