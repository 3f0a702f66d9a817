using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ClientLb.Clusters;
using ClientLb.Discovery;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.ServiceDiscovery;

namespace ClientLb.ServiceDiscovery.Bridge;

/// <summary>Answers for the names of clusters, and for no other unless it is told to.</summary>
internal sealed class ClientLbServiceEndpointProviderFactory(IServiceProvider services, IOptions<ClientLbServiceEndpointProviderOptions> options)
    : IServiceEndpointProviderFactory, IDisposable
{
    private readonly ConcurrentDictionary<Cluster, Lazy<ClusterChanges>> _changes = new();

    // Asked for late: the sources of the clusters may be made of providers.
    private readonly Lazy<ClusterRegistry> _clusters = new(services.GetRequiredService<ClusterRegistry>);

    public bool TryCreateProvider(ServiceEndpointQuery query, [NotNullWhen(true)] out IServiceEndpointProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(query);
        var clusters = _clusters.Value;
        var service = ServiceReference.Parse(query.ServiceName).Service;
        var asked = string.IsNullOrEmpty(query.EndpointName) ? service : $"_{query.EndpointName}.{service}";
        var isServed = clusters.IsKnown(asked) || options.Value.Serves?.Invoke(service) == true;
        provider = isServed ? new ClientLbServiceEndpointProvider(this, clusters.NameOf(asked, query.IncludedSchemes), query.IncludedSchemes) : null;
        return isServed;
    }

    /// <summary>What tells of changes of a cluster; <see langword="null"/> where no source serves it.</summary>
    public ClusterChanges? Find(string name)
    {
        Cluster cluster;
        try
        {
            cluster = _clusters.Value.Get(name);
        }
        catch (InvalidOperationException e) when (e is not ObjectDisposedException)
        {
            return null;
        }

        return _changes.GetOrAdd(cluster, static key => new(() => new ClusterChanges(key))).Value;
    }

    public void Dispose()
    {
        foreach (var changes in _changes.Values.Where(static changes => changes.IsValueCreated))
        {
            changes.Value.Dispose();
        }
    }
}
