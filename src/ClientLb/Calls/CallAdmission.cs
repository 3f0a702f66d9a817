using ClientLb.Affinity;
using ClientLb.Clusters;
using Microsoft.Extensions.Logging;

namespace ClientLb.Calls;

/// <summary>What becomes of a call that found no endpoint: it waits for a place, or it is refused by name. Either way it counts against nobody.</summary>
internal static class CallAdmission
{
    /// <summary>Waits for a place in the cluster's queue.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="snapshot">The snapshot that had no place.</param>
    /// <param name="key">The key of the call.</param>
    /// <param name="mayProbe">Whether the call may be the attempt of a probation.</param>
    /// <param name="callDeadline">When the call's own time is up, in ticks.</param>
    /// <param name="logger">Where refusals are told.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <exception cref="CallFailedException">There is no endpoint, or none with a place.</exception>
    /// <exception cref="TaskCanceledException">The caller gave up.</exception>
    public static async ValueTask<Lease> WaitAsync(
        Cluster cluster, ClusterSnapshot snapshot, CallKey key, bool mayProbe, long callDeadline, ILogger logger, CancellationToken cancellationToken)
    {
        var gate = cluster.Gate;
        var now = cluster.Clock.Now;
        if (gate.Waiting == 0 && !gate.IsFull(snapshot) && !LeaseSteps.IsHeldBack(snapshot))
        {
            // No limit holds it back, or not any more.
            if (gate.TryLease(ref snapshot, now, mayProbe, default, isFirst: true, out var lease, key))
            {
                return lease;
            }

            if (snapshot.Eligible.Count == 0 && snapshot.Reserve.Length == 0)
            {
                throw CallErrors.NoEndpoints(cluster, logger);
            }

            // Somebody else was quicker: then it waits like any other.
        }

        var limits = snapshot.Options.Limits;
        if (gate.TryJoin(limits.QueueLength, key, mayProbe) is not { } call)
        {
            throw CallErrors.AllAtLimit(cluster, snapshot, logger);
        }

        gate.ServeAnyone();
        var patience = TimeSpan.FromTicks(Math.Max(0, Math.Min(limits.QueueTimeout.Ticks, callDeadline - now)));
        try
        {
            return await call.Lease.WaitAsync(patience, cluster.Clock.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Served in the same moment: then it goes on.
            return gate.TryLeave(call) ? throw CallErrors.QueueTimeout(cluster, patience, logger) : await call.Lease.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (!gate.TryLeave(call) && await LeaseOf(call).ConfigureAwait(false) is { } lease)
            {
                GiveBack(cluster, lease);
            }

            if (cluster.Metrics.CallsEnabled)
            {
                cluster.Metrics.Call(cluster.Name, "cancelled");
            }

            throw new TaskCanceledException("The call was cancelled while it waited for a place.", null, cancellationToken);
        }
    }

    /// <summary>A place that is not used is given back without a verdict: so is the slot of a probation.</summary>
    public static void GiveBack(Cluster cluster, in Lease lease)
    {
        if (lease.IsProbation)
        {
            lease.Endpoint.Health.FreeProbation();
        }

        cluster.Release(lease);
    }

    /// <summary>What a call that is out of the line has got; nothing where a policy of the user's has thrown at its turn.</summary>
    private static async ValueTask<Lease?> LeaseOf(WaitingCall call)
    {
        await ((Task)call.Lease).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return call.Lease.IsCompletedSuccessfully ? call.Lease.Result : null;
    }
}
