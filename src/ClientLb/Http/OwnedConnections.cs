using System.Collections.Concurrent;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>The connections of one client: a handler for each endpoint in use. They outlive the rotation of message handlers.</summary>
/// <remarks>
/// <code>
///   in the map --(unused for the idle time, nothing in flight)--> out of it --(a grace, and nothing in flight or open)--> disposed
///       |                                                                                                                    ^
///       +--(endpoint retired, client disposed)-------------------------------------------------------------------------------+
/// </code>
/// Time is counted in rounds of the sweep. The grace is for an attempt that took the handler just before it left the map: such an attempt
/// sends well within it, and from then on it is seen, as a lease of the endpoint or as an open connection.
/// </remarks>
internal sealed class OwnedConnections : IDisposable
{
    private const int IdleRounds = 4;
    private const int GraceRounds = 4;

    private readonly ConcurrentDictionary<Endpoint, EndpointConnections> _map = new();
    private readonly List<EndpointConnections> _left = [];
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private volatile int _round = 1;
    private bool _disposed;

    /// <summary>Prepares the connections of a client; none is opened.</summary>
    /// <exception cref="InvalidOperationException">The user's configuration sets what the balancer must own.</exception>
    public OwnedConnections(ConnectionSettings settings, MonotonicClock clock)
    {
        OwnedHandler.Check(settings);
        Settings = settings;
        Clock = clock;
        var period = settings.IdleTimeout == Timeout.InfiniteTimeSpan ? settings.IdleTimeout : settings.IdleTimeout / IdleRounds;
        using (ExecutionContext.SuppressFlow())
        {
            _timer = clock.TimeProvider.CreateTimer(static state => ((OwnedConnections)state!).Sweep(), this, period, period);
        }
    }

    /// <summary>How connections are made.</summary>
    public ConnectionSettings Settings { get; }

    /// <summary>The clock of waits.</summary>
    public MonotonicClock Clock { get; }

    /// <summary>How many endpoints have a handler.</summary>
    public int Count => _map.Count;

    /// <summary>How many handlers have left the map and are not disposed yet.</summary>
    internal int LeavingCount
    {
        get
        {
            lock (_gate)
            {
                return _left.Count;
            }
        }
    }

    /// <summary>The way to an endpoint. The caller holds a lease on it, and has taken that before it asks.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="cluster">Its cluster, for the tags of spans.</param>
    public HttpMessageInvoker For(Endpoint endpoint, string cluster) => ConnectionsOf(endpoint, cluster).Invoker;

    /// <summary>The connections to an endpoint, made at the first call.</summary>
    public EndpointConnections ConnectionsOf(Endpoint endpoint, string cluster)
    {
        var connections = _map.TryGetValue(endpoint, out var known) ? known : Add(endpoint, cluster);
        connections.Touch(_round);
        return connections;
    }

    /// <summary>How many connections to an endpoint are open, or being opened.</summary>
    public int OpenTo(Endpoint endpoint) => _map.TryGetValue(endpoint, out var connections) ? connections.Open : 0;

    /// <summary>Closes everything.</summary>
    public void Dispose()
    {
        EndpointConnections[] all;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            all = [.. _map.Values, .. _left];
        }

        _timer.Dispose();
        foreach (var connections in all)
        {
            connections.Endpoint.Resources.Remove(connections);
            connections.Dispose();
        }
    }

    /// <summary>Drops connections that are disposed.</summary>
    internal void Forget(EndpointConnections connections)
    {
        lock (_gate)
        {
            _map.TryRemove(KeyValuePair.Create(connections.Endpoint, connections));
            _left.Remove(connections);
        }
    }

    /// <summary>One look at every endpoint.</summary>
    internal void Sweep()
    {
        List<EndpointConnections>? due = null;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            var round = ++_round;
            foreach (var connections in _left)
            {
                if (round - connections.LeftAt >= GraceRounds && IsAtRest(connections))
                {
                    (due ??= []).Add(connections);
                }
            }

            foreach (var (endpoint, connections) in _map)
            {
                if (round - connections.UsedAt > IdleRounds && endpoint.Load.InFlight == 0)
                {
                    _map.TryRemove(KeyValuePair.Create(endpoint, connections));
                    connections.LeftAt = round;
                    _left.Add(connections);
                }
            }
        }

        foreach (var connections in due ?? [])
        {
            connections.Endpoint.Resources.Remove(connections);
            connections.Dispose();
        }
    }

    // An attempt keeps a lease and, over sockets, a connection: either at zero is proof. The endpoint's new handler may keep the first above
    // zero for ever; what an old one holds open ends with its bodies.
    private bool IsAtRest(EndpointConnections connections) =>
        connections.Endpoint.Load.InFlight == 0 || (Settings.HandlerFactory is null && connections.Open == 0);

    private EndpointConnections Add(Endpoint endpoint, string cluster)
    {
        EndpointConnections connections;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_map.TryGetValue(endpoint, out var known))
            {
                return known;
            }

            connections = new EndpointConnections(this, endpoint, cluster);
            connections.Touch(_round);
            _map[endpoint] = connections;
        }

        // Outside the lock: on an endpoint that is retired by now it disposes at once.
        endpoint.Resources.Add(connections);
        return connections;
    }
}
