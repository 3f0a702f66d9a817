using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>
/// Sends through a handler that is not ours (a test server, a mock, a proxy): the authority of the URI is rewritten for each attempt,
/// <c>Host</c> keeps the logical name, and the request is restored afterwards.
/// </summary>
internal sealed class RewritingHttpTransport(LoadBalancedClient client, HttpMessageInvoker inner) : HttpTransport(client)
{
    private const string Host = "Host";

    private readonly ConditionalWeakTable<Endpoint, Rewrite> _last = [];
    private Uri? _seen;

    // The handler below may send a request again after its connection has died.
    protected override bool SendsOnce => false;

    // Handlers that are not ours may keep it for what they do behind the answer.
    public override bool LetsGoOfToken(HttpRequestMessage request, HttpResponseMessage response) => false;

    public override bool MayHedge(HttpRequestMessage request)
    {
        // Of a hedged call the copies are sent, never the request itself.
        TraceHeaders.NoteOwn(request);
        return base.MayHedge(request);
    }

    protected override void RemoveTrace(HttpRequestMessage request, HttpRequestMessage copy) => TraceHeaders.RemoveAllButOwn(request, copy);

    protected override async Task<HttpResponseMessage> SendOneAsync(HttpRequestMessage request, Endpoint endpoint, bool isAsync, CancellationToken cancellationToken)
    {
        if (request.RequestUri is ServiceUri service)
        {
            request.RequestUri = service.For(endpoint.Descriptor);
        }

        var logical = request.RequestUri!;
        var setsHost = !request.Headers.NonValidated.Contains(Host);
        if (setsHost)
        {
            // It comes out of a URI, so it is valid: the property would check that by making another URI of it.
            request.Headers.TryAddWithoutValidation(Host, logical.IsDefaultPort ? logical.Host : logical.Authority);
        }

        TraceHeaders.NoteOwn(request);
        request.RequestUri = Rewritten(logical, endpoint);
        try
        {
            var response = isAsync
                ? await inner.SendAsync(request, cancellationToken).ConfigureAwait(false)
                : inner.Send(request, cancellationToken);
            response.RequestMessage ??= request;
            return response;
        }
        finally
        {
            request.RequestUri = logical;
            if (setsHost)
            {
                request.Headers.Remove(Host);
            }
        }
    }

    private Uri Rewritten(Uri logical, Endpoint endpoint)
    {
        // A client that uses the same URI object again, as one with fixed paths does, gets the same rewritten one: a URI costs a quarter
        // of a microsecond.
        if (_last.TryGetValue(endpoint, out var last) && ReferenceEquals(last.Logical, logical))
        {
            return last.Physical;
        }

        var physical = new Uri(string.Concat(logical.Scheme, "://", endpoint.Authority, logical.PathAndQuery));
        if (ReferenceEquals(_seen, logical))
        {
            _last.AddOrUpdate(endpoint, new Rewrite(logical, physical));
        }

        // One that comes for the first time will mostly not come again, and is not worth remembering.
        _seen = logical;
        return physical;
    }

    private sealed record Rewrite(Uri Logical, Uri Physical);
}
