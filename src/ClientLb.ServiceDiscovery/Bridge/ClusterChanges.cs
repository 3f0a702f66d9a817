using ClientLb.Clusters;
using ClientLb.Endpoints;
using Microsoft.Extensions.Primitives;

namespace ClientLb.ServiceDiscovery.Bridge;

/// <summary>
/// Tells when the list that a cluster offers has changed. One for each cluster and not for each provider: those who ask are not always so kind as to dispose their
/// providers.
/// </summary>
internal sealed class ClusterChanges : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Cluster _cluster;
    private IReadOnlyList<EndpointDescriptor> _offered;
    private volatile CancellationTokenSource _next = new();

    public ClusterChanges(Cluster cluster)
    {
        _cluster = cluster;
        _offered = Offered(cluster.Snapshot);
        cluster.Published += Compare;

        // A list that came in between was compared with the one before, if at all.
        Compare(cluster.Snapshot);
    }

    /// <summary>The cluster.</summary>
    public Cluster Cluster => _cluster;

    /// <summary>Fires with the next change. To be taken before the list is read.</summary>
    public IChangeToken Token => new CancellationChangeToken(Next);

    /// <summary>The same as it is made of.</summary>
    internal CancellationToken Next => _next.Token;

    /// <summary>
    /// What a cluster offers: those that may be picked now; where nobody may, whoever is announced and neither drains nor is critical.
    /// </summary>
    public static List<EndpointDescriptor> Offered(ClusterSnapshot snapshot)
    {
        var eligible = snapshot.Eligible.Select(static endpoint => endpoint.Descriptor).ToList();
        return eligible.Count > 0 ? eligible
            : [.. snapshot.Endpoints.Where(endpoint => !snapshot.Leaving.Contains(endpoint)).Select(static endpoint => endpoint.Descriptor)
                .Where(static endpoint => !endpoint.IsDraining && endpoint.Status != RegistryStatus.Critical)];
    }

    public void Dispose() => _cluster.Published -= Compare;

    /// <summary>Compares the list with the one before.</summary>
    /// <param name="published">What was published: by now there may be something newer, of which somebody has told already.</param>
    internal void Compare(ClusterSnapshot published)
    {
        CancellationTokenSource fired;
        lock (_gate)
        {
            var offered = Offered(_cluster.Snapshot);
            if (offered.SequenceEqual(_offered))
            {
                return;
            }

            _offered = offered;
            fired = _next;
            _next = new CancellationTokenSource();
        }

        // Not on the loop's own thread: who listens may take its time. It has no timer and no wait handle, so nothing is left to dispose.
        ThreadPool.UnsafeQueueUserWorkItem(static source => source.Cancel(), fired, preferLocal: false);
    }
}
