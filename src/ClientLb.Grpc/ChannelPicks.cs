using ClientLb.Affinity;
using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Grpc;

/// <summary>
/// What a channel picks of: the policy's choice among the endpoints whose connection stands. Who is picked and has none is passed over, never waited for, as long as anybody has one. Pure: a pick may be
/// thrown away.
/// </summary>
/// <typeparam name="T">What stands for a connection.</typeparam>
internal sealed class ChannelPicks<T>(Cluster cluster, ChannelPolicy policy, IReadOnlyDictionary<Endpoint, T> ready)
    where T : class
{
    private const int MostPassedOver = 32;

    /// <summary>Picks.</summary>
    /// <param name="key">The key of the call.</param>
    /// <returns><see langword="null"/> where the cluster has nobody, or nobody has a connection.</returns>
    public T? Pick(CallKey key)
    {
        var snapshot = cluster.Snapshot;
        var now = cluster.Clock.Now;
        var first = policy.Of(snapshot).Pick(new PickContext(now) { HashKey = key.Hash, HasHashKey = key.Exists });
        return first is not null && ready.TryGetValue(first, out var found) ? found : Another(snapshot, now, first, key);
    }

    private T? Another(ClusterSnapshot snapshot, long now, Endpoint? next, CallKey key)
    {
        if (ready.Count > 0)
        {
            Span<Endpoint> passed = new Endpoint[Math.Min(MostPassedOver, snapshot.Eligible.Count)];
            for (var count = 0; next is not null && count < passed.Length;)
            {
                passed[count++] = next;
                next = policy.Of(snapshot).Pick(new PickContext(now, passed[..count]) { HashKey = key.Hash, HasHashKey = key.Exists });
                if (next is not null && ready.TryGetValue(next, out var found))
                {
                    return found;
                }
            }
        }

        foreach (var endpoint in snapshot.Eligible)
        {
            if (ready.TryGetValue(endpoint, out var found))
            {
                return found;
            }
        }

        foreach (var endpoint in snapshot.Reserve)
        {
            if (ready.TryGetValue(endpoint, out var found))
            {
                return found;
            }
        }

        // Those that are out are better than nobody, unless somebody has ordered otherwise.
        foreach (var (endpoint, connection) in ready)
        {
            if (endpoint.Health.Order is null && !endpoint.Descriptor.IsDraining)
            {
                return connection;
            }
        }

        return null;
    }
}
