using System.Collections.Concurrent;
using ClientLb.Calls;

namespace ClientLb.Http;

/// <summary>
/// The message handler of a load-balanced client. As the primary handler it uses connections of its own; with a handler below it, it
/// rewrites the authority and sends through that. Requests to hosts that are no cluster pass through untouched.
/// </summary>
internal sealed class LoadBalancingHandler : DelegatingHandler
{
    private readonly LoadBalancedClient _client;
    private readonly bool _isPrimary;
    private readonly ConcurrentDictionary<string, ClusterCaller<HttpRequestMessage, HttpResponseMessage>> _rewriting = new(StringComparer.OrdinalIgnoreCase);
    private volatile Route? _last;
    private HttpMessageInvoker? _inner;

    private LoadBalancingHandler(LoadBalancedClient client, bool isPrimary)
    {
        _client = client;
        _isPrimary = isPrimary;
    }

    public static LoadBalancingHandler Primary(LoadBalancedClient client) => new(client, isPrimary: true);

    public static LoadBalancingHandler Above(LoadBalancedClient client) => new(client, isPrimary: false);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var caller = RouteOf(request.RequestUri);
        return caller is not null ? caller.CallAsync(request, _client.Plan, isAsync: true, cancellationToken)
            : _client.Read(request.RequestUri) is { } uri ? SendAsync(request, uri, isAsync: true, cancellationToken)
            : _isPrimary ? _client.PassThroughAsync(request, isAsync: true, cancellationToken)
            : base.SendAsync(request, cancellationToken);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var caller = RouteOf(request.RequestUri);
        if (caller is null && _client.Read(request.RequestUri) is { } uri)
        {
            return SendAsync(request, uri, isAsync: false, cancellationToken).GetAwaiter().GetResult();
        }

        if (caller is null && !_isPrimary)
        {
            return base.Send(request, cancellationToken);
        }

        // Every step of a synchronous call completes on this thread: there is no task to wait for.
        var call = caller is not null
            ? caller.CallAsync(request, _client.Plan, isAsync: false, cancellationToken)
            : _client.PassThroughAsync(request, isAsync: false, cancellationToken);
        return call.GetAwaiter().GetResult();
    }

    protected override void Dispose(bool disposing)
    {
        // Connections belong to the client, which outlives this handler.
        if (disposing && !_isPrimary)
        {
            base.Dispose(disposing);
        }
    }

    /// <summary>Sends under a URI that can be sent. The caller finds the one they have written again, unless a redirect has led elsewhere.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Uri uri, bool isAsync, CancellationToken cancellationToken)
    {
        var written = request.RequestUri;
        request.RequestUri = uri;
        try
        {
            return isAsync ? await SendAsync(request, cancellationToken).ConfigureAwait(false) : Send(request, cancellationToken);
        }
        finally
        {
            if (request.RequestUri is ServiceUri || ReferenceEquals(request.RequestUri, uri))
            {
                request.RequestUri = written;
            }
        }
    }

    private ClusterCaller<HttpRequestMessage, HttpResponseMessage>? RouteOf(Uri? uri)
    {
        if (uri is not { IsAbsoluteUri: true })
        {
            return null;
        }

        // Most clients talk to one cluster, and many with the same URI object, or at least with the same beginning: then no URI is taken apart.
        var last = _last;
        if (last is not null && (ReferenceEquals(last.Uri, uri)
            || (last.Prefix is { } prefix && uri is not ServiceUri && uri.OriginalString.StartsWith(prefix, StringComparison.Ordinal))))
        {
            return last.Caller;
        }

        var host = uri is ServiceUri service ? service.Cluster : uri.Host;
        if (uri is not ServiceUri && (host is ['_', ..] || uri.Scheme.Length > Uri.UriSchemeHttps.Length))
        {
            return null;
        }

        if (last is not null && string.Equals(last.Host, host, StringComparison.OrdinalIgnoreCase))
        {
            return last.Caller;
        }

        var caller = _isPrimary ? _client.OwnedRoute(host) : RewritingRouteOf(host);
        if (caller is not null)
        {
            _last = new Route(uri, PrefixOf(uri), host, caller);
        }

        return caller;
    }

    private ClusterCaller<HttpRequestMessage, HttpResponseMessage>? RewritingRouteOf(string host)
    {
        if (_rewriting.TryGetValue(host, out var known))
        {
            return known;
        }

        _inner ??= new HttpMessageInvoker(InnerHandler!, disposeHandler: false);
        return _client.RewritingRoute(host, _inner) is { } caller ? _rewriting.GetOrAdd(host, caller) : null;
    }

    /// <summary>What another URI must begin with to have the same authority: all up to the slash that ends it. None where it is not written so.</summary>
    private static string? PrefixOf(Uri uri)
    {
        if (uri is ServiceUri)
        {
            return null;
        }

        var prefix = uri.GetLeftPart(UriPartial.Authority) + "/";
        return uri.OriginalString.StartsWith(prefix, StringComparison.Ordinal) ? prefix : null;
    }

    private sealed record Route(Uri Uri, string? Prefix, string Host, ClusterCaller<HttpRequestMessage, HttpResponseMessage> Caller);
}
