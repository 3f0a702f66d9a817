using System.Diagnostics;
using System.Net;

namespace ClientLb.Http;

/// <summary>Makes the handler of one endpoint: our defaults, then the user's configuration, then what must be ours.</summary>
internal static class OwnedHandler
{
    // An address behind a name may move: a connection by name is renewed now and then. One by address has nothing to renew.
    private static readonly TimeSpan LifetimeByName = TimeSpan.FromMinutes(5);

    // A host that vanished without a word is noticed in half a minute: to TCP alone it takes a quarter of an hour, and HTTP/2 would put every new
    // request on the dead connection until then. Only while requests wait: servers punish pings on idle connections.
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The handler with its chain of attempt handlers, ready to send.</summary>
    /// <param name="settings">How connections are made.</param>
    /// <param name="connections">Who wants it.</param>
    /// <param name="innermost">The handler below the chain.</param>
    public static HttpMessageInvoker Create(ConnectionSettings settings, EndpointConnections connections, out HttpMessageHandler innermost)
    {
        var handler = innermost = settings.HandlerFactory?.Invoke(connections.Endpoint) ?? CreateSockets(settings, connections);
        if (settings.AttemptHandlers is { } factory)
        {
            var chain = factory();
            for (var i = chain.Count - 1; i >= 0; i--)
            {
                chain[i].InnerHandler = handler;
                handler = chain[i];
            }
        }

        return new HttpMessageInvoker(handler, disposeHandler: true);
    }

    /// <summary>Finds mistakes in the user's configuration before the first call.</summary>
    /// <exception cref="InvalidOperationException">It sets what the balancer must own.</exception>
    public static void Check(ConnectionSettings settings)
    {
        if (settings.Configure is not null)
        {
            CreateSockets(settings, connections: null).Dispose();
        }
    }

    private static SocketsHttpHandler CreateSockets(ConnectionSettings settings, EndpointConnections? connections)
    {
        // The user's configuration may give connects another time.
        SocketsHttpHandler? handler = null;
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect = connections is null
            ? static (_, _) => throw new UnreachableException()
            : (context, cancellationToken) => connections.ConnectAsync(context.InitialRequestMessage, handler!.ConnectTimeout, cancellationToken);
        handler = new SocketsHttpHandler
        {
            ConnectCallback = connect,
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = settings.ConnectTimeout,
            PooledConnectionIdleTimeout = settings.IdleTimeout,
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = PingAfter,
            KeepAlivePingTimeout = PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            MeterFactory = settings.MeterFactory,
        };
        if (settings.MaxConnections > 0)
        {
            handler.MaxConnectionsPerServer = settings.MaxConnections;
        }

        if (connections is not null && !IPAddress.TryParse(connections.Endpoint.Host, out _))
        {
            handler.PooledConnectionLifetime = LifetimeByName;
        }

        var propagator = handler.ActivityHeadersPropagator;
        settings.Configure?.Invoke(handler);
        Refuse(settings, handler, connect);
        if (connections is not null && settings.Preconnect > 0)
        {
            // The one place that hears of a connection once its TLS stands too.
            var filter = handler.PlaintextStreamFilter;
            handler.PlaintextStreamFilter = async (context, cancellationToken) =>
            {
                var stream = filter is null ? context.PlaintextStream : await filter(context, cancellationToken).ConfigureAwait(false);
                connections.NoteStanding();
                return stream;
            };
        }

        // Null is the user's wish for no spans and no headers.
        if (connections is not null && handler.ActivityHeadersPropagator is { } wanted)
        {
            handler.ActivityHeadersPropagator = new EndpointPropagator(
                ReferenceEquals(wanted, propagator) ? null : wanted,
                connections.Cluster,
                connections.Endpoint.Id);
        }

        return handler;
    }

    private static void Refuse(
        ConnectionSettings settings,
        SocketsHttpHandler handler,
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect)
    {
        if (handler.UseProxy || handler.Proxy is not null)
        {
            throw Refused(
                settings,
                nameof(handler.UseProxy),
                "a connection leads straight to its endpoint. Behind a proxy, use AddLoadBalancing() with a primary handler of your own.");
        }

        if (handler.AllowAutoRedirect)
        {
            throw Refused(
                settings,
                nameof(handler.AllowAutoRedirect),
                "a redirect would go to the same endpoint. Redirects are followed above the balancer: see the client's own options.");
        }

        if (handler.UseCookies)
        {
            throw Refused(
                settings,
                nameof(handler.UseCookies),
                "each endpoint would have cookies of its own. All endpoints share one cookie container: see the client's own options.");
        }

        if (!ReferenceEquals(handler.ConnectCallback, connect))
        {
            throw Refused(
                settings,
                nameof(handler.ConnectCallback),
                "the balancer decides where a connection leads. To look at the stream use PlaintextStreamFilter; "
                + "to connect in another way use AddLoadBalancing() with a primary handler of your own.");
        }
    }

    private static InvalidOperationException Refused(ConnectionSettings settings, string property, string reason) =>
        new($"SocketsHttpHandler.{property} can't be set for the load-balanced client '{settings.Client}': {reason}");
}
