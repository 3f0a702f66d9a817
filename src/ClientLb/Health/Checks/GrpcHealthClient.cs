using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Health.Checks;

/// <summary>
/// A client of <c>grpc.health.v1.Health</c> at one address, over a connection of its own: HTTP/2 with prior knowledge, or over TLS. Written on the wire, so that
/// no gRPC library is needed. Disposing it closes the connection.
/// </summary>
/// <param name="host">A host name or an IP address.</param>
/// <param name="port">The port.</param>
/// <param name="isTls">True: over TLS.</param>
/// <param name="authority">What is sent as <c>:authority</c>, and the name for TLS.</param>
/// <param name="service">The service that is asked about; empty: the server as a whole.</param>
/// <param name="handler">Connects; disposed with the client. None: one as checks use it.</param>
internal sealed class GrpcHealthClient(string host, int port, bool isTls, string authority, string service, HttpMessageHandler? handler = null) : IDisposable
{
    private static readonly MediaTypeHeaderValue s_contentType = new("application/grpc");

    private readonly HttpMessageInvoker _invoker = new(handler ?? ProbeHandler.Create());
    private readonly string _root = $"{(isTls ? "https" : "http")}://{EndpointDescriptor.Authority(host, port)}/grpc.health.v1.Health/";
    private readonly byte[] _request = GrpcFrames.Request(service);

    private readonly ProbeConnection _connection = new();

    /// <summary>True once there was a connection.</summary>
    public bool IsConnected => _connection.IsMade;

    /// <summary>Asks once.</summary>
    /// <param name="timeout">Told to the server; the time limit itself is the token's.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The message with its status, or the status alone.</returns>
    /// <exception cref="HttpRequestException">There was no answer.</exception>
    public async ValueTask<GrpcAnswer> CheckAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        GrpcServing? serving = null;
        await foreach (var answer in CallAsync("Check", timeout, cancellationToken).ConfigureAwait(false))
        {
            if (answer.Status == GrpcAnswer.Open)
            {
                serving = answer.Serving;
                continue;
            }

            return answer with { Serving = serving };
        }

        return new GrpcAnswer(serving, GrpcAnswer.NotGrpc);
    }

    /// <summary>Watches: each message as it comes, and at last the status that ended the stream.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HttpRequestException">There was no answer.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public IAsyncEnumerable<GrpcAnswer> WatchAsync(CancellationToken cancellationToken) => CallAsync("Watch", null, cancellationToken);

    public void Dispose()
    {
        _invoker.Dispose();
        _connection.Dispose();
    }

    private async IAsyncEnumerable<GrpcAnswer> CallAsync(string method, TimeSpan? timeout, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = NewRequest(method, timeout);
        using var response = await _invoker.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (NotGrpc(response) is { } strange)
        {
            yield return strange;
            yield break;
        }

        if (StatusOf(response.Headers) is { } trailersOnly)
        {
            yield return trailersOnly;
            yield break;
        }

        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var buffer = new byte[GrpcFrames.HeaderLength + GrpcFrames.MaxMessage];
            var length = 0;
            while (true)
            {
                var received = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
                if (received == 0)
                {
                    break;
                }

                length += received;
                ReadOnlyMemory<byte> rest = buffer.AsMemory(0, length);
                while (true)
                {
                    var reading = GrpcFrames.TryTake(ref rest, out var message);
                    if (reading == HttpReading.More)
                    {
                        break;
                    }

                    if (reading == HttpReading.Broken || !GrpcFrames.TryReadServing(message.Span, out var serving))
                    {
                        yield return new GrpcAnswer(null, GrpcAnswer.NotGrpc, "got a message that is none of grpc.health.v1");
                        yield break;
                    }

                    yield return new GrpcAnswer(serving, GrpcAnswer.Open);
                }

                // A frame that is not whole fits into the buffer: a longer one has been refused.
                rest.CopyTo(buffer);
                length = rest.Length;
            }
        }

        yield return StatusOf(response.TrailingHeaders) ?? new GrpcAnswer(null, GrpcAnswer.NotGrpc, "got an answer without a gRPC status");
    }

    private HttpRequestMessage NewRequest(string method, TimeSpan? timeout)
    {
        var content = new ByteArrayContent(_request);
        content.Headers.ContentType = s_contentType;
        var request = new HttpRequestMessage(HttpMethod.Post, _root + method)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        _connection.AddTo(request);
        request.Headers.Host = authority;
        request.Headers.TryAddWithoutValidation("TE", "trailers");
        request.Headers.TryAddWithoutValidation("User-Agent", "ClientLb");
        if (timeout is { } limit)
        {
            request.Headers.TryAddWithoutValidation("grpc-timeout", ((long)limit.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) + "m");
        }

        return request;
    }

    private static GrpcAnswer? NotGrpc(HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return new GrpcAnswer(null, GrpcAnswer.NotGrpc, FormattableString.Invariant($"answered {(int)response.StatusCode} of HTTP, and no gRPC"));
        }

        return response.Content.Headers.ContentType?.MediaType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true
            ? null
            : new GrpcAnswer(null, GrpcAnswer.NotGrpc, "got an answer that is not gRPC");
    }

    private static GrpcAnswer? StatusOf(HttpResponseHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues("grpc-status", out var values))
        {
            return null;
        }

        var text = values.ToString();
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? new GrpcAnswer(null, status, headers.NonValidated.TryGetValues("grpc-message", out var words) ? Uri.UnescapeDataString(words.ToString()) : null)
            : new GrpcAnswer(null, GrpcAnswer.NotGrpc, "got a gRPC status that is no number");
    }
}
