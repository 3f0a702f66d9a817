using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace ClientLb.Benchmarks.Suites;

/// <summary>A primary handler that answers from memory: what remains is the cost of the client above it.</summary>
/// <param name="hasBody">True answers with JSON of a length that nobody tells beforehand, as with chunked encoding.</param>
/// <param name="waits">True answers when <see cref="Answer"/> is called on the same thread, so that every method above has to wait.</param>
internal sealed class MemoryHandler(bool hasBody, bool waits) : HttpMessageHandler
{
    [ThreadStatic]
    private static (TaskCompletionSource<HttpResponseMessage> Source, HttpResponseMessage Response) t_waiting;

    private static readonly byte[] Json = Encoding.UTF8.GetBytes("""{"id":4711,"customer":"Ada Lovelace","lines":[{"article":"engine","count":1},{"article":"card","count":24}]}""");
    private static readonly MediaTypeHeaderValue JsonType = new("application/json");

    /// <summary>Completes the call that waits; its continuations run on this thread.</summary>
    public static void Answer()
    {
        var (source, response) = t_waiting;
        t_waiting = default;
        source.SetResult(response);
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = Send(request, cancellationToken);
        if (!waits)
        {
            return Task.FromResult(response);
        }

        t_waiting = (new TaskCompletionSource<HttpResponseMessage>(), response);
        return t_waiting.Source.Task;
    }

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
