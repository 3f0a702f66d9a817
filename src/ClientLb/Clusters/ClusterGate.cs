using System.Runtime.CompilerServices;
using ClientLb.Affinity;
using ClientLb.Endpoints;

namespace ClientLb.Clusters;

/// <summary>
/// The way in where a cluster has a limit of its own or a queue. A call that finds no place waits in a line, first come first served; whoever gives a place back
/// serves the line, and takes the lease in the name of whoever stands first, so that nobody who comes later is quicker.
/// </summary>
/// <remarks>
/// No wake-up is lost: a call stands in the line before it looks for a place once more, and a place is given back before anybody looks at the line. So one
/// of the two sees the other.
/// </remarks>
internal sealed class ClusterGate(Cluster cluster)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<WaitingCall> _line = new();
    private int _inFlight;
    private int _waiting;

    /// <summary>Attempts that take a place of the cluster's limit; 0 where it has none.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Calls that wait for a place.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Takes an endpoint into use, where there is a place and nobody waits who came before.</summary>
    /// <param name="snapshot">The snapshot; a newer one where it has been replaced.</param>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="mayProbe">See <see cref="LeaseSteps"/>.</param>
    /// <param name="excluded">Endpoints that were tried already: a further attempt, which does not stand in line.</param>
    /// <param name="isFirst">True for a call's first attempt.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="key">The key of the call.</param>
    public bool TryLease(
        ref ClusterSnapshot snapshot, long now, bool mayProbe, ReadOnlySpan<Endpoint> excluded, bool isFirst, out Lease lease, CallKey key)
    {
        if (isFirst && Waiting != 0 && snapshot.Options.Limits.QueueLength > 0)
        {
            lease = default;
            return false;
        }

        if (TryTake(ref snapshot, now, mayProbe, excluded, out lease, key))
        {
            return true;
        }

        // The place of the cluster was taken for a moment, and somebody may have been refused it meanwhile.
        ServeAnyone();
        return false;
    }

    /// <summary>True while as many attempts are in flight as the cluster's limit allows.</summary>
    public bool IsFull(ClusterSnapshot snapshot) => snapshot.Options.Limits.InFlight is > 0 and var limit && InFlight >= limit;

    /// <summary>Puts a call into the line. <see cref="ServeAnyone"/> must follow.</summary>
    /// <returns>The call's place in the line; <see langword="null"/> when the line is as long as it may be.</returns>
    public WaitingCall? TryJoin(int longest, CallKey key, bool mayProbe)
    {
        lock (_gate)
        {
            if (_line.Count >= longest)
            {
                return null;
            }

            var call = new WaitingCall(key, mayProbe);
            _line.AddLast(call.Place);
            Interlocked.Increment(ref _waiting);
            return call;
        }
    }

    /// <summary>Takes a call out of the line.</summary>
    /// <returns>False when it has got its lease by now.</returns>
    public bool TryLeave(WaitingCall call)
    {
        lock (_gate)
        {
            if (call.Place.List is null)
            {
                return false;
            }

            Remove(call);
            return true;
        }
    }

    /// <summary>A place is free: the lease has ended, or the head of its answer has come. While nobody waits this costs one read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void OnPlaceFree(in Lease lease)
    {
        if (lease.IsCounted)
        {
            Interlocked.Decrement(ref _inFlight);
        }

        ServeAnyone();
    }

    /// <summary>Gives places to those who wait, as long as there are any.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ServeAnyone()
    {
        if (Waiting != 0)
        {
            Serve();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Serve()
    {
        lock (_gate)
        {
            while (_line.First is { Value: var call })
            {
                var snapshot = cluster.Snapshot;
                Lease lease;
                try
                {
                    if (!TryTake(ref snapshot, cluster.Clock.Now, call.MayProbe, default, out lease, call.Key))
                    {
                        return;
                    }
                }
                catch (Exception error)
                {
                    // A policy of the user's: whoever has given a place back, or looks for one, has nothing to do with it.
                    Remove(call);
                    call.SetException(error);
                    continue;
                }

                Remove(call);
                call.SetLease(lease);
            }
        }
    }

    private void Remove(WaitingCall call)
    {
        _line.Remove(call.Place);
        Interlocked.Decrement(ref _waiting);
    }

    private bool TryTake(ref ClusterSnapshot snapshot, long now, bool mayProbe, ReadOnlySpan<Endpoint> excluded, out Lease lease, CallKey key)
    {
        var limit = snapshot.Options.Limits.InFlight;
        var isCounted = limit > 0;
        if (isCounted && !TryEnter(limit))
        {
            lease = default;
            return false;
        }

        var isLeased = false;
        try
        {
            isLeased = LeaseSteps.TryLease(snapshot, now, mayProbe, excluded, out lease, key)
                || LeaseSteps.TryLeaseAnew(cluster, ref snapshot, now, mayProbe, excluded, out lease, key);
            lease = lease with { IsCounted = isCounted };
        }
        finally
        {
            // A policy of the user's may throw: the place is not lost with it.
            if (isCounted && !isLeased)
            {
                Interlocked.Decrement(ref _inFlight);
            }
        }

        return isLeased;
    }

    private bool TryEnter(int limit)
    {
        var count = InFlight;
        while (count < limit)
        {
            var seen = Interlocked.CompareExchange(ref _inFlight, count + 1, count);
            if (seen == count)
            {
                return true;
            }

            count = seen;
        }

        return false;
    }
}
