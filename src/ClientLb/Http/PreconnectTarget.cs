namespace ClientLb.Http;

/// <summary>What decides which connections of a handler a request may use.</summary>
/// <param name="Scheme">The scheme of the URI.</param>
/// <param name="Host">Its host.</param>
/// <param name="Port">Its port.</param>
/// <param name="HostHeader">The header <c>Host</c> where the caller has set it: over TLS it is the server's name.</param>
/// <param name="Version">The version of HTTP.</param>
/// <param name="Policy">Which other versions will do.</param>
internal sealed record PreconnectTarget(string Scheme, string Host, int Port, string? HostHeader, Version Version, HttpVersionPolicy Policy)
{
    public static PreconnectTarget Of(HttpRequestMessage request)
    {
        var uri = request.RequestUri!;
        return new(uri.Scheme, uri.IdnHost, uri.Port, request.Headers.Host, request.Version, request.VersionPolicy);
    }

    /// <summary>Whether a request is for the same.</summary>
    public bool Fits(HttpRequestMessage request)
    {
        var uri = request.RequestUri!;
        return uri.Port == Port && uri.Scheme == Scheme && uri.IdnHost == Host && request.Headers.Host == HostHeader && request.Version == Version
            && request.VersionPolicy == Policy;
    }

    /// <summary>A request for the same. It is never sent.</summary>
    public HttpRequestMessage CreateRequest()
    {
        var request = new HttpRequestMessage(HttpMethod.Head, new UriBuilder(Scheme, Host, Port, "/").Uri) { Version = Version, VersionPolicy = Policy };
        request.Headers.Host = HostHeader;
        return request;
    }
}
