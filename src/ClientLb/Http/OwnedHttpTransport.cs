using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>
/// Sends over connections of the client's own: each endpoint has its handler, which dials that endpoint whatever the URI says. Nothing of
/// the request is rewritten, so URI, <c>Host</c>, SNI and the certificate's name stay the logical ones.
/// </summary>
internal sealed class OwnedHttpTransport : HttpTransport
{
    private readonly Cluster _cluster;
    private readonly OwnedConnections _connections;
    private readonly Preconnector? _preconnector;
    private readonly bool _hasUserHandlers;

    public OwnedHttpTransport(LoadBalancedClient client, Cluster cluster)
        : base(client)
    {
        _cluster = cluster;
        _connections = client.Connections;
        _hasUserHandlers = _connections.Settings.AttemptHandlers is not null;
        if (_connections.Settings is { Preconnect: > 0, HandlerFactory: null })
        {
            _preconnector = new Preconnector(_connections, cluster);
            cluster.Loop.Newcomers.Register(_preconnector);
        }
    }

    protected override bool SendsOnce => true;

    protected override bool HasUserHandlers => _hasUserHandlers;

    // Over HTTP/1.1 the answer comes after the request. Over HTTP/2 it may come before, but SocketsHttpHandler waits all the same for the body where .NET's own content has it in memory: such is not for
    // conversations, and every attempt sends that very content. Any other may still be on its way. Handlers of the user's may keep the token for what they do behind the answer.
    public override bool LetsGoOfToken(HttpRequestMessage request, HttpResponseMessage response) =>
        !_hasUserHandlers && (request.Content is null || response.Version.Major < 2
            || (response.Version.Major == 2 && request.Content is not EmptyRequestContent && RequestReplay.IsInMemory(request.Content)));

    public override void Finish(HttpRequestMessage request, HttpResponseMessage? response)
    {
        base.Finish(request, response);
        EmptyRequestContent.Restore(request);
        if (response is not null && Client.Cookies is { } cookies)
        {
            cookies.Store(request.RequestUri!, response);
        }
    }

    public override Task<HttpResponseMessage>? Follow(HttpRequestMessage request, HttpResponseMessage response, long callDeadline, bool isAsync, CancellationToken cancellationToken) =>
        (uint)((int)response.StatusCode - 300) < 9 && Client.MaxRedirects > 0 && RedirectStep.TryRead(request, response, out var step)
            ? Client.FollowAsync(request, response, step, callDeadline, isAsync, cancellationToken)
            : null;

    protected override Task<HttpResponseMessage> SendOneAsync(HttpRequestMessage request, Endpoint endpoint, bool isAsync, CancellationToken cancellationToken)
    {
        if (request.RequestUri is ServiceUri service)
        {
            request.RequestUri = service.For(endpoint.Descriptor);
        }

        if (request.Content is null && !MayBeSentAgain(request))
        {
            // SocketsHttpHandler sends a request without content again when a reused connection ends, though the server may have acted.
            EmptyRequestContent.NeverResend(request);
        }

        _preconnector?.Note(request);
        var invoker = _connections.For(endpoint, _cluster.Name);
        if (Client.Cookies is { } cookies && cookies.AddTo(request, out var own))
        {
            return SendWithCookiesAsync(invoker, request, own, isAsync, cancellationToken);
        }

        return isAsync ? invoker.SendAsync(request, cancellationToken) : Task.FromResult(invoker.Send(request, cancellationToken));
    }

    private static async Task<HttpResponseMessage> SendWithCookiesAsync(
        HttpMessageInvoker invoker, HttpRequestMessage request, string? own, bool isAsync, CancellationToken cancellationToken)
    {
        try
        {
            return isAsync ? await invoker.SendAsync(request, cancellationToken).ConfigureAwait(false) : invoker.Send(request, cancellationToken);
        }
        finally
        {
            CookieJar.Restore(request, own);
        }
    }

    // A tunnel has no content, and what is sent before it stands is nothing.
    private bool MayBeSentAgain(HttpRequestMessage request) => request.Method == HttpMethod.Connect || (IsSafe(request.Method) && IsRepeatable(request));

    private static bool IsSafe(HttpMethod method) =>
        method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Options || method == HttpMethod.Trace;
}
