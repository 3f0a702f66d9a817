using System.Diagnostics.CodeAnalysis;
using ClientLb.Endpoints;
using ClientLb.Telemetry;

namespace ClientLb.Clusters;

/// <summary>
/// Holds endpoints that have come after the first list, or back from a drain, until whoever wants to has made them ready. One that is held is eligible only where
/// no other is.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A semaphore whose wait handle nobody asks for has nothing to dispose of.")]
internal sealed class Newcomers(Cluster cluster, ClusterServices services)
{
    // A list of thousands of new endpoints must not open a connection to each of them in the same instant.
    private const int MostAtOnce = 64;

    private readonly SemaphoreSlim _places = new(MostAtOnce);
    private readonly Lock _gate = new();
    private volatile IEndpointPreparer[] _preparers = [];

    /// <summary>From now on it is asked for each newcomer. From any thread.</summary>
    public void Register(IEndpointPreparer preparer)
    {
        lock (_gate)
        {
            _preparers = [.. _preparers, preparer];
        }
    }

    /// <summary>An endpoint has come. Called by the cluster's loop, before it publishes that.</summary>
    public void Greet(Endpoint endpoint)
    {
        foreach (var preparer in _preparers)
        {
            endpoint.Health.Hold();
            using (ExecutionContext.SuppressFlow())
            {
                _ = Task.Run(() => PrepareAsync(preparer, endpoint));
            }
        }
    }

    private async Task PrepareAsync(IEndpointPreparer preparer, Endpoint endpoint)
    {
        using var limit = new CancellationTokenSource(preparer.Limit, services.Clock.TimeProvider);
        try
        {
            await _places.WaitAsync(limit.Token).ConfigureAwait(false);
            try
            {
                await preparer.PrepareAsync(endpoint, limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
            }
            finally
            {
                _places.Release();
            }
        }
        catch (OperationCanceledException)
        {
            // Its time is over.
        }
#pragma warning disable CA1031 // Whatever went wrong: to hold the endpoint for ever would be worse.
        catch (Exception e)
#pragma warning restore CA1031
        {
            services.Logger.NotPrepared(cluster.Name, endpoint.ToString(), e.Message);
        }
        finally
        {
            endpoint.Health.EndHold();
            cluster.Loop.PostHealthChanged();
        }
    }
}
