using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Discovery;

/// <summary>A fixed list from code.</summary>
public sealed class StaticEndpointSource : IEndpointSource
{
    private readonly string _cluster;
    private readonly EndpointDescriptor[] _endpoints;
    private readonly MonotonicClock _clock;

    /// <summary>Creates the source.</summary>
    /// <param name="cluster">The cluster that it serves. Names ignore case.</param>
    /// <param name="endpoints">The endpoints.</param>
    /// <param name="timeProvider">The clock; <see langword="null"/> means the system's.</param>
    /// <exception cref="ArgumentException">The name is empty, or an address is listed twice.</exception>
    public StaticEndpointSource(string cluster, IEnumerable<EndpointDescriptor> endpoints, TimeProvider? timeProvider = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(cluster);
        ArgumentNullException.ThrowIfNull(endpoints);
        _cluster = cluster;
        _endpoints = [.. endpoints];
        _clock = new(timeProvider);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var endpoint in _endpoints)
        {
            var authority = EndpointDescriptor.Authority(endpoint.Host, endpoint.Port);
            if (!seen.Add(authority))
            {
                throw new ArgumentException($"The cluster '{cluster}' lists {authority} twice.", nameof(endpoints));
            }
        }
    }

    /// <summary><c>static</c>.</summary>
    public string Name => "static";

    /// <summary>Yes.</summary>
    public bool ResolvesNames => true;

    /// <inheritdoc />
    public bool Serves(EndpointQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return string.Equals(query.Cluster, _cluster, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Gives the list once and completes: it is final.</summary>
    /// <inheritdoc cref="IEndpointSource.WatchAsync" />
    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(
        EndpointQuery query, IRefreshSignal refresh, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        yield return new(_endpoints, _clock.Now);
        await Task.CompletedTask.ConfigureAwait(false);
    }
}
