using System.Runtime.CompilerServices;
using ClientLb.Affinity;
using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Clusters;

/// <summary>How an attempt gets its endpoint. The picker's choice is pure; the lease has the effects.</summary>
internal static class LeaseSteps
{
    private const int MaxExcluded = 32;
    private const int ZonePicks = 8;

    /// <summary>Takes an endpoint into use: one on probation where the call may be repeated and one is due, else the picker's choice.</summary>
    /// <param name="snapshot">The snapshot of this attempt.</param>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="mayProbe">True for a call that can be repeated elsewhere if the probation fails.</param>
    /// <param name="excluded">Endpoints that were tried already.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="key">The key of the call.</param>
    /// <returns>False when no endpoint is left.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryLease(ClusterSnapshot snapshot, long now, bool mayProbe, ReadOnlySpan<Endpoint> excluded, out Lease lease, CallKey key = default)
    {
        if (snapshot.OnProbation.Length != 0 && TryProbation(snapshot, now, mayProbe, excluded, out lease))
        {
            return true;
        }

        if (!excluded.IsEmpty && snapshot.HasZones && TryOtherZone(snapshot, now, excluded, out lease, key))
        {
            return true;
        }

        var endpoint = snapshot.Picker.Pick(new PickContext(now, excluded) { HashKey = key.Hash, HasHashKey = key.Exists });
        if (endpoint is not null && endpoint.Load.TryAcquire(now, snapshot.Rule))
        {
            lease = new Lease(endpoint, now, false);
            return true;
        }

        return TryAgain(snapshot, now, endpoint, excluded, out lease, key);
    }

    /// <summary>Takes the endpoint into use that somebody else has picked, with a picker of its own; one on probation goes before it.</summary>
    /// <returns>False where it may not be used.</returns>
    public static bool TryLeasePicked(ClusterSnapshot snapshot, long now, bool mayProbe, Endpoint picked, out Lease lease)
    {
        if (snapshot.OnProbation.Length != 0 && TryProbation(snapshot, now, mayProbe, default, out lease))
        {
            return true;
        }

        lease = new Lease(picked, now, false);
        return picked.Load.TryAcquire(now, snapshot.Rule);
    }

    /// <summary>
    /// No lease could be had by a snapshot: where it has been replaced since it was read, its endpoints may all be retired, and the newer one
    /// knows better.
    /// </summary>
    public static bool TryLeaseAnew(
        Cluster cluster, ref ClusterSnapshot snapshot, long now, bool mayProbe, ReadOnlySpan<Endpoint> excluded, out Lease lease, CallKey key = default)
    {
        while (!ReferenceEquals(snapshot, cluster.Snapshot))
        {
            snapshot = cluster.Snapshot;
            if (TryLease(snapshot, now, mayProbe, excluded, out lease, key))
            {
                return true;
            }
        }

        lease = default;
        return false;
    }

    /// <summary>True when somebody could be had but for a limit.</summary>
    public static bool IsHeldBack(ClusterSnapshot snapshot, ReadOnlySpan<Endpoint> excluded = default)
    {
        foreach (var endpoint in snapshot.Eligible)
        {
            if (!excluded.Contains(endpoint) && endpoint.Load.IsAtLimit)
            {
                return true;
            }
        }

        foreach (var endpoint in snapshot.Reserve)
        {
            if (!excluded.Contains(endpoint) && endpoint.Load.IsAtLimit)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Offers an endpoint on probation: one slot each, given back by the attempt, or by a time limit twice as long as the attempt's. With the same
    /// limit a second attempt would slip in before the first one has been stopped and has said what came of it.
    /// </summary>
    /// <remarks>
    /// One that stalled can't be settled by a probe, since its kernel accepts for it. So where no call came for long that may be repeated, any first attempt will do:
    /// one that may fail is better than fifty.
    /// </remarks>
    private static bool TryProbation(ClusterSnapshot snapshot, long now, bool mayProbe, ReadOnlySpan<Endpoint> excluded, out Lease lease)
    {
        var patience = snapshot.Options.OutlierDetection.ProbationPatience.Ticks;
        foreach (var endpoint in snapshot.OnProbation)
        {
            var status = endpoint.Health.Status;
            if (status.State == HealthState.Probation && endpoint.Health.RestUntil <= now && endpoint.Health.Check.State != CheckState.Failing
                && (mayProbe || (excluded.IsEmpty && status.IsSilence && now - status.Since >= patience)) && !excluded.Contains(endpoint)
                && endpoint.Health.TryTakeProbation(now, now + (2 * (mayProbe ? snapshot.ProbationTicks : patience))))
            {
                if (endpoint.Load.TryAcquire(now, LeaseRule.OverlookAll))
                {
                    lease = new Lease(endpoint, now, true);
                    return true;
                }

                endpoint.Health.FreeProbation();
            }
            else if (mayProbe && endpoint.Health.WantsWitness && !excluded.Contains(endpoint) && endpoint.Health.TryBeWitness()
                && endpoint.Load.TryAcquire(now, LeaseRule.Normal))
            {
                lease = new Lease(endpoint, now, false);
                return true;
            }
        }

        lease = default;
        return false;
    }

    /// <summary>
    /// A further attempt: an endpoint in a zone where nothing has been tried yet, since what has failed may be the zone's fault. The policy chooses as long as it finds one
    /// soon; then anyone in such a zone will do. Where there is none, all that follows is as in a cluster of one zone.
    /// </summary>
    private static bool TryOtherZone(ClusterSnapshot snapshot, long now, ReadOnlySpan<Endpoint> excluded, out Lease lease, CallKey key)
    {
        var all = new Endpoint[excluded.Length + ZonePicks];
        excluded.CopyTo(all);
        for (var count = excluded.Length; count < all.Length; count++)
        {
            var endpoint = snapshot.Picker.Pick(new PickContext(now, all.AsSpan(0, count)) { HashKey = key.Hash, HasHashKey = key.Exists });
            if (endpoint is null)
            {
                break;
            }

            if (!IsInZoneOf(endpoint, excluded) && endpoint.Load.TryAcquire(now, snapshot.Rule))
            {
                lease = new Lease(endpoint, now, false);
                return true;
            }

            all[count] = endpoint;
        }

        return TryAnyone(snapshot.Eligible, now, snapshot.Rule, excluded, out lease, inOtherZone: true);
    }

    private static bool IsInZoneOf(Endpoint endpoint, ReadOnlySpan<Endpoint> others)
    {
        foreach (var other in others)
        {
            if (endpoint.Descriptor.Locality == other.Descriptor.Locality)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The pick is closed since the snapshot was made, or at its limit: it joins the excluded ones and the picker is asked again. When everything is
    /// closed, one of a later priority is taken, and where there is none an eligible one all the same, unless it is at its limit: trying beats failing, and
    /// the next snapshot is a moment away.
    /// </summary>
    private static bool TryAgain(ClusterSnapshot snapshot, long now, Endpoint? closed, ReadOnlySpan<Endpoint> excluded, out Lease lease, CallKey key)
    {
        if (closed is not null)
        {
            var all = new Endpoint[Math.Min(excluded.Length + MaxExcluded, excluded.Length + snapshot.Eligible.Count)];
            excluded.CopyTo(all);
            var count = excluded.Length;
            while (closed is not null && count < all.Length)
            {
                all[count++] = closed;
                closed = snapshot.Picker.Pick(new PickContext(now, all.AsSpan(0, count)) { HashKey = key.Hash, HasHashKey = key.Exists });
                if (closed is not null && closed.Load.TryAcquire(now, snapshot.Rule))
                {
                    lease = new Lease(closed, now, false);
                    return true;
                }
            }

            // Not all of many have been asked: anyone who is open will do.
            if ((closed is not null && TryAnyone(snapshot.Eligible, now, snapshot.Rule, excluded, out lease)) || TryReserve(snapshot, now, excluded, out lease))
            {
                return true;
            }

            foreach (var endpoint in all.AsSpan(excluded.Length, count - excluded.Length))
            {
                if (endpoint.Load.TryAcquire(now, LeaseRule.OverlookAll))
                {
                    lease = new Lease(endpoint, now, false);
                    return true;
                }
            }

            return closed is not null && TryAnyone(snapshot.Eligible, now, LeaseRule.OverlookAll, excluded, out lease);
        }

        return TryReserve(snapshot, now, excluded, out lease);
    }

    /// <summary>Anyone who may be leased, searched from a place that the time decides.</summary>
    private static bool TryAnyone(IReadOnlyList<Endpoint> endpoints, long now, LeaseRule rule, ReadOnlySpan<Endpoint> excluded, out Lease lease, bool inOtherZone = false)
    {
        var from = (int)(((ulong)now * 0x9E3779B97F4A7C15UL >> 32) % (ulong)endpoints.Count);
        for (var i = 0; i < endpoints.Count; i++)
        {
            var endpoint = endpoints[(from + i) % endpoints.Count];
            if (!excluded.Contains(endpoint) && !(inOtherZone && IsInZoneOf(endpoint, excluded)) && endpoint.Load.TryAcquire(now, rule))
            {
                lease = new Lease(endpoint, now, false);
                return true;
            }
        }

        lease = default;
        return false;
    }

    /// <summary>
    /// One of a later priority: the next snapshot would make it eligible, but this call is made now. Within the best priority that has one, where the
    /// search begins goes round with the time.
    /// </summary>
    private static bool TryReserve(ClusterSnapshot snapshot, long now, ReadOnlySpan<Endpoint> excluded, out Lease lease)
    {
        var reserve = snapshot.Reserve;
        for (int from = 0, end; from < reserve.Length; from = end)
        {
            var priority = reserve[from].Descriptor.Priority;
            end = from + 1;
            while (end < reserve.Length && reserve[end].Descriptor.Priority == priority)
            {
                end++;
            }

            var turn = (int)((ulong)now % (ulong)(end - from));
            for (var i = 0; i < end - from; i++)
            {
                var endpoint = reserve[from + ((turn + i) % (end - from))];
                if (!excluded.Contains(endpoint) && endpoint.Load.TryAcquire(now, LeaseRule.Normal))
                {
                    lease = new Lease(endpoint, now, false);
                    return true;
                }
            }
        }

        lease = default;
        return false;
    }
}
