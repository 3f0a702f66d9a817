using System.Diagnostics.Metrics;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>How a client's own connections are made. Fixed for the life of the client: connections outlast every reload.</summary>
internal sealed record ConnectionSettings
{
    /// <summary>What the client is called, for messages.</summary>
    public required string Client { get; init; }

    /// <summary>
    /// The user's configuration of every handler, or none. What the balancer must own (where to connect, proxy, redirects, cookies) can't be set
    /// there.
    /// </summary>
    public Action<SocketsHttpHandler>? Configure { get; init; }

    /// <summary>Makes the handlers that every attempt passes, outermost first, anew for each endpoint; or none.</summary>
    public Func<IReadOnlyList<DelegatingHandler>>? AttemptHandlers { get; init; }

    /// <summary>Who makes the meters of <c>http.client.*</c>, or none.</summary>
    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>The most connections to one endpoint; 0: no limit.</summary>
    public int MaxConnections { get; init; }

    /// <summary>How long a connect may take, name resolution and TLS included. Default: 1 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>After how long without use a connection is closed, and an endpoint's handler dropped. Default: 2 min.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How many connections an endpoint that has come gets before its first calls. Default: 0.</summary>
    public int Preconnect { get; init; }

    /// <summary>Replaces the handler of an endpoint: for tests and benchmarks, which need no sockets.</summary>
    public Func<Endpoint, HttpMessageHandler>? HandlerFactory { get; init; }
}
