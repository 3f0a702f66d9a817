using System.Collections.Concurrent;
using ClientLb.Endpoints;
using ClientLb.Telemetry;

namespace ClientLb.Clusters;

/// <summary>
/// What people have ordered for endpoints. Anyone posts; the cluster's loop carries it out. Orders belong to names and not to live endpoints, so one holds
/// over a relisting, over a changed address under the same id, and for an endpoint that comes later.
/// </summary>
internal sealed class ManualOrders(Cluster cluster, ClusterServices services)
{
    private static readonly long s_soon = TimeSpan.FromSeconds(2).Ticks;

    private readonly ConcurrentQueue<Posted> _posted = new();

    // Replaced as a whole, so that it can be read from any thread.
    private volatile IReadOnlyDictionary<string, ManualOrder> _inForce = new Dictionary<string, ManualOrder>();

    /// <summary>The orders in force, by the endpoint's id, or by <c>host:port</c> where the order named an endpoint so that was not known.</summary>
    public IReadOnlyDictionary<string, ManualOrder> InForce => _inForce;

    /// <summary>True while an order ends soon: the loop must not sleep over it.</summary>
    public bool EndsSoon(long now)
    {
        foreach (var (_, order) in _inForce)
        {
            if (order.Until - s_soon <= now)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Orders something for the endpoint that is called so.</summary>
    /// <param name="name">Its id, or <c>host:port</c>.</param>
    /// <param name="order">The order.</param>
    /// <param name="evenIfUnknown">True where no endpoint need be known by that name yet.</param>
    /// <exception cref="ArgumentException">No endpoint is known by that name.</exception>
    public void Post(string name, ManualOrder order, bool evenIfUnknown)
    {
        var ids = IdsOf(name);
        if (ids.Count == 0)
        {
            ids = evenIfUnknown ? [name] : throw Unknown(name, "To give an order to an endpoint that is yet to come, pass evenIfUnknown: true.");
        }

        ids.ForEach(id => _posted.Enqueue(new Posted(id, order, order.Reason)));
    }

    /// <summary>Ends whatever is ordered for the endpoint that is called so, and heals it.</summary>
    /// <param name="name">Its id, or <c>host:port</c>.</param>
    /// <param name="reason">Why.</param>
    /// <exception cref="ArgumentException">Neither an endpoint nor an order is known by that name.</exception>
    public void PostRestore(string name, string reason)
    {
        var ids = IdsOf(name);
        if (!ids.Contains(name) && (ids.Count == 0 || _inForce.ContainsKey(name)))
        {
            // An order for one that has gone, or that was given by host:port before it came; one that has not been carried out yet counts too.
            ids.Add(_inForce.ContainsKey(name) || _posted.Any(posted => posted.Key == name) ? name : throw Unknown(name, "Nor is there an order for it."));
        }

        ids.ForEach(id => _posted.Enqueue(new Posted(id, null, reason)));
    }

    /// <summary>Carries out what was posted, and ends what is over. Called by the cluster's loop.</summary>
    /// <param name="endpoints">The live endpoints.</param>
    /// <param name="haveChanged">True when they, or what they are called, are not those of the last turn.</param>
    /// <param name="now">The present, in ticks.</param>
    /// <returns>True when something has changed that the next snapshot must show.</returns>
    public bool Look(Endpoint[] endpoints, bool haveChanged, long now)
    {
        var orders = _inForce;
        if (_posted.IsEmpty && orders.Count == 0)
        {
            return false;
        }

        var changed = TakeIn(endpoints, now) | EndOld(now);
        if (!changed && !haveChanged)
        {
            return false;
        }

        foreach (var endpoint in endpoints)
        {
            var order = Find(endpoint);
            if (endpoint.Health.Order != order)
            {
                cluster.Judge.Machine.Order(endpoint, order);
                changed = true;
            }
        }

        return changed;
    }

    private bool TakeIn(Endpoint[] endpoints, long now)
    {
        if (_posted.IsEmpty)
        {
            return false;
        }

        var orders = new Dictionary<string, ManualOrder>(_inForce);
        while (_posted.TryDequeue(out var posted))
        {
            if (posted.Order is { } order)
            {
                orders[posted.Key] = order;
                services.Logger.Ordered(cluster.Name, posted.Key, TagOf(order.Kind), order.Until == long.MaxValue ? "until it is restored"
                    : "for " + TimeSpan.FromTicks(Math.Max(0, order.Until - now)).ToString("c"), order.Reason);
                continue;
            }

            orders.Remove(posted.Key);
            services.Logger.Restored(cluster.Name, posted.Key, posted.Reason);
            foreach (var endpoint in endpoints)
            {
                if (IsCalled(endpoint, posted.Key))
                {
                    orders.Remove(endpoint.Id);
                    orders.Remove(endpoint.Authority);
                    cluster.Judge.Machine.Restore(endpoint, "restored by order: " + posted.Reason);
                }
            }
        }

        _inForce = orders;
        return true;
    }

    private bool EndOld(long now)
    {
        Dictionary<string, ManualOrder>? left = null;
        foreach (var (key, order) in _inForce)
        {
            if (order.Until <= now)
            {
                left ??= new(_inForce);
                left.Remove(key);
                services.Logger.OrderEnded(cluster.Name, key, TagOf(order.Kind), order.Reason);
            }
        }

        _inForce = left ?? _inForce;
        return left is not null;
    }

    private ManualOrder? Find(Endpoint endpoint) =>
        _inForce.TryGetValue(endpoint.Id, out var order) || _inForce.TryGetValue(endpoint.Authority, out order) ? order : null;

    /// <summary>The ids of the endpoints that are called so: a port may have several entries in a registry, each with an id of its own.</summary>
    private List<string> IdsOf(string name) =>
        [.. cluster.Snapshot.Endpoints.Where(endpoint => IsCalled(endpoint, name)).Select(static endpoint => endpoint.Id).Distinct()];

    private static bool IsCalled(Endpoint endpoint, string name) =>
        endpoint.Id == name || endpoint.Authority.Equals(name, StringComparison.OrdinalIgnoreCase);

    private ArgumentException Unknown(string name, string hint)
    {
        var endpoints = cluster.Snapshot.Endpoints;
        var known = endpoints.Count == 0 ? "It knows no endpoint now."
            : $"Known are: {string.Join(", ", endpoints.Take(10))}{(endpoints.Count > 10 ? $" and {endpoints.Count - 10} more" : "")}.";
        return new ArgumentException($"Cluster '{cluster.Name}' knows no endpoint with the id or address '{name}'. {known} {hint}", nameof(name));
    }

    private static string TagOf(ManualOrderKind kind) => kind switch
    {
        ManualOrderKind.Eject => "eject",
        ManualOrderKind.Isolate => "isolate",
        _ => "drain",
    };

    private readonly record struct Posted(string Key, ManualOrder? Order, string Reason);
}
