using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Telemetry;

namespace ClientLb.Clusters;

/// <summary>
/// Follows a cluster's source for as long as the cluster lives. A watch that breaks is started again after a jittered back-off, 0.2 s to
/// 30 s; what was known stays in force meanwhile.
/// </summary>
internal sealed class SourceWatch(Cluster cluster, IEndpointSource source, EndpointQuery query, ClusterServices services, ClusterLoop loop)
{
    private static readonly TimeSpan MinBackOff = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxBackOff = TimeSpan.FromSeconds(30);

    private readonly RefreshSignal _refresh = new();

    /// <summary>Asks the source for a fresh look.</summary>
    public void Refresh() => _refresh.Signal();

    public async Task RunAsync(CancellationToken stop)
    {
        var errors = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await foreach (var update in source.WatchAsync(query, _refresh, stop).ConfigureAwait(false))
                {
                    if (update.Error is null)
                    {
                        if (errors > 0)
                        {
                            services.Logger.DiscoveryRecovered(cluster.Name, errors);
                        }

                        errors = 0;
                    }
                    else
                    {
                        errors++;
                    }

                    TakeIn(update, errors);
                }

                return;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever a source throws, the cluster goes on with what it knows.
            catch (Exception e)
#pragma warning restore CA1031
            {
                errors++;
                var delay = BackOff(errors);
                services.Metrics.DiscoveryError(cluster.Name);
                cluster.Discovery = cluster.Discovery with { Errors = errors, LastError = e.Message };
                services.Logger.DiscoveryFailed(cluster.Name, e.Message, cluster.Snapshot.Endpoints.Count, delay);
                if (!await DelayAsync(delay, stop).ConfigureAwait(false))
                {
                    return;
                }
            }
        }
    }

    private async Task<bool> DelayAsync(TimeSpan delay, CancellationToken stop)
    {
        try
        {
            await Task.Delay(delay, services.Clock.TimeProvider, stop).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void TakeIn(EndpointUpdate update, int errors)
    {
        var before = cluster.Discovery;
        if (update.Error is null)
        {
            services.Metrics.DiscoveryUpdate(cluster.Name);
            cluster.Discovery = new DiscoveryState(update.ConfirmedAt, 0, null, update.Note)
            {
                Freshness = update.Freshness == UpdateFreshness.Stale ? UpdateFreshness.Stale : UpdateFreshness.Fresh,
            };
        }
        else
        {
            services.Metrics.DiscoveryError(cluster.Name);
            cluster.Discovery = before with { Errors = errors, LastError = update.Error.Message, Note = update.Note };
        }

        if (update.Note is not null && update.Note != before.Note)
        {
            services.Logger.DiscoveryNote(cluster.Name, update.Note);
        }

        // An error carries the list of before, or none: nothing that the loop does not know.
        if (update.Error is null)
        {
            loop.Post(update);
        }
    }

    private TimeSpan BackOff(int errors)
    {
        var ceiling = Math.Min(MaxBackOff.TotalSeconds, MinBackOff.TotalSeconds * Math.Pow(2, Math.Min(errors, 20)));
        return TimeSpan.FromSeconds(ceiling * (0.5 + (0.5 * services.Random.NextDouble())));
    }
}
