using System.Collections.Concurrent;
using ClientLb.Endpoints;
using Microsoft.Extensions.Logging;

namespace ClientLb.Health.Checks;

/// <summary>Checks by <c>Watch</c> of gRPC's health service: one held connection for each endpoint.</summary>
/// <param name="options">The options.</param>
/// <param name="cluster">The name of the cluster.</param>
/// <param name="clock">The clock of the pauses between streams.</param>
/// <param name="logger">The log.</param>
/// <param name="news">Is told what comes between checks; true where the server itself has said it.</param>
internal sealed class GrpcWatchCheck(
    HealthCheckOptions options, string cluster, MonotonicClock clock, ILogger logger, Action<Endpoint, CheckFinding, bool> news) : IEndpointCheck
{
    private readonly ConcurrentDictionary<Endpoint, GrpcWatch> _watches = new();

    private volatile bool _isDisposed;

    public string Name { get; } = GrpcCheck.NameOf("Watch", options);

    public ValueTask<CheckFinding> CheckAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        var watch = _watches.GetOrAdd(endpoint, static (key, self) => self.NewWatch(key), this);
        if (_isDisposed)
        {
            Forget(endpoint);
        }

        return watch.CheckAsync(cancellationToken);
    }

    public void Forget(Endpoint endpoint)
    {
        if (_watches.TryRemove(endpoint, out var watch))
        {
            watch.Dispose();
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        foreach (var endpoint in _watches.Keys)
        {
            Forget(endpoint);
        }
    }

    private GrpcWatch NewWatch(Endpoint endpoint) => new(endpoint, options, cluster, clock, logger, news);
}
