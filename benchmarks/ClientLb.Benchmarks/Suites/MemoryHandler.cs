using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace ClientLb.Benchmarks.Suites;

/// <summary>A primary handler that answers at once, from memory: what remains is the cost of the client above it.</summary>
/// <param name="hasBody">True answers with JSON of a length that nobody tells beforehand, as with chunked encoding.</param>
internal sealed class MemoryHandler(bool hasBody) : HttpMessageHandler
{
    private static readonly byte[] Json = Encoding.UTF8.GetBytes("""{"id":4711,"customer":"Ada Lovelace","lines":[{"article":"engine","count":1},{"article":"card","count":24}]}""");
    private static readonly MediaTypeHeaderValue JsonType = new("application/json");

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromResult(Send(request, cancellationToken));

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request };
        if (hasBody)
        {
            response.Content = new StreamContent(new ForwardStream(Json));
            response.Content.Headers.ContentType = JsonType;
        }

        return response;
    }

    /// <summary>Can't seek, so its length is not known.</summary>
    private sealed class ForwardStream(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        public override bool CanSeek => false;
    }
}
