using ClientLb.Discovery;
using ClientLb.Telemetry;

namespace ClientLb.Clusters;

/// <summary>Follows a cluster's source for as long as the cluster lives; what was known stays in force while the source fails.</summary>
internal sealed class SourceWatch(Cluster cluster, IEndpointSource source, EndpointQuery query, ClusterServices services, ClusterLoop loop)
{
    private readonly RefreshSignal _refresh = new();

    /// <summary>Asks the source for a fresh look.</summary>
    public void Refresh() => _refresh.Signal();

    public Task RunAsync(CancellationToken stop) =>
        new SteadyWatch(source, query, _refresh, services.Clock.TimeProvider, services.Random).RunAsync(TakeIn, OnBroken, stop);

    private void OnBroken(Exception error, int errors, TimeSpan delay)
    {
        services.Metrics.DiscoveryError(cluster.Name);
        cluster.Discovery = cluster.Discovery with { Errors = errors, LastError = error.Message };
        services.Logger.DiscoveryFailed(cluster.Name, error.Message, cluster.Snapshot.Endpoints.Count, delay);
    }

    private void TakeIn(EndpointUpdate update, int errorsBefore)
    {
        var before = cluster.Discovery;
        if (update.Error is null)
        {
            if (errorsBefore > 0)
            {
                services.Logger.DiscoveryRecovered(cluster.Name, errorsBefore);
            }

            services.Metrics.DiscoveryUpdate(cluster.Name);
            cluster.Discovery = new DiscoveryState(update.ConfirmedAt, 0, null, update.Note)
            {
                Freshness = Worth(update),
            };
        }
        else
        {
            services.Metrics.DiscoveryError(cluster.Name);
            cluster.Discovery = new DiscoveryState(
                update.HasList ? update.ConfirmedAt : before.ConfirmedAt, errorsBefore + 1, update.Error.Message, update.Note)
            {
                Freshness = update.HasList ? Worth(update) : before.Freshness,
            };
        }

        if (update.Note is not null && update.Note != before.Note)
        {
            services.Logger.DiscoveryNote(cluster.Name, update.Note);
        }

        if (update.HasList)
        {
            loop.Post(update);
        }
    }

    private static UpdateFreshness Worth(EndpointUpdate update) =>
        update.Freshness == UpdateFreshness.Stale ? UpdateFreshness.Stale : UpdateFreshness.Fresh;
}
