using System.Net;
using System.Net.Http.Headers;
using ClientLb.Grpc.Tests.Protos;

namespace ClientLb.Grpc.Tests.Infrastructure;

/// <summary>A gRPC client as small as can be, over any HttpClient: what it sends and reads is what grpc/doc/PROTOCOL-HTTP2.md says, and no library's.</summary>
internal sealed class GrpcCall : IDisposable
{
    private readonly HttpRequestMessage _request;
    private readonly HttpResponseMessage _response;
    private readonly Stream _body;

    private GrpcCall(HttpRequestMessage request, HttpResponseMessage response, Stream body) => (_request, _response, _body) = (request, response, body);

    public HttpResponseHeaders Headers => _response.Headers;

    /// <summary>Starts a call, and waits for its headers.</summary>
    /// <param name="client">Through which it goes.</param>
    /// <param name="method">The method of the service Parrot.</param>
    /// <param name="content">What it sends.</param>
    /// <param name="prepare">Adds metadata.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<GrpcCall> StartAsync(
        HttpClient client, string method, HttpContent content, Action<HttpRequestMessage>? prepare = null, CancellationToken cancellationToken = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/clientlb.tests.Parrot/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TE.ParseAdd("trailers");
        prepare?.Invoke(request);
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new(request, response, await response.Content.ReadAsStreamAsync(cancellationToken));
    }

    /// <summary>A call with one message.</summary>
    public static Task<GrpcCall> StartAsync(
        HttpClient client, string method, Phrase phrase, Action<HttpRequestMessage>? prepare = null, bool isCompressed = false, CancellationToken cancellationToken = default)
    {
        var content = new ByteArrayContent(GrpcFrames.Of(phrase, isCompressed));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        return StartAsync(client, method, content, prepare, cancellationToken);
    }

    /// <summary>A call with one message, to its end.</summary>
    public static async Task<GrpcReply> CallAsync(
        HttpClient client, string method, Phrase phrase, Action<HttpRequestMessage>? prepare = null, bool isCompressed = false, CancellationToken cancellationToken = default)
    {
        using var call = await StartAsync(client, method, phrase, prepare, isCompressed, cancellationToken);
        return await call.EndAsync(cancellationToken);
    }

    /// <summary>The next message; <see langword="null"/> where there is no more.</summary>
    public Task<Sound?> ReadAsync(CancellationToken cancellationToken = default) => GrpcFrames.ReadAsync(_body, Sound.Parser, cancellationToken);

    /// <summary>Reads what is left.</summary>
    public async Task<GrpcReply> EndAsync(CancellationToken cancellationToken = default)
    {
        var sounds = new List<Sound>();
        while (await ReadAsync(cancellationToken) is { } sound)
        {
            sounds.Add(sound);
        }

        var trailers = _response.Headers.Contains("grpc-status") ? _response.Headers : _response.TrailingHeaders;
        var message = trailers.TryGetValues("grpc-message", out var text) ? Uri.UnescapeDataString(text.Single()) : "";
        var encoding = _response.Headers.TryGetValues("grpc-encoding", out var used) ? used.Single() : null;
        return new(sounds, trailers.TryGetValues("grpc-status", out var status) ? int.Parse(status.Single()) : -1, message, _response.Headers, trailers, encoding);
    }

    /// <summary>Cancels what has not ended.</summary>
    public void Dispose()
    {
        _response.Dispose();
        _request.Dispose();
    }
}
