using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace ClientLb.Samples.Grpc;

/// <summary>
/// A gRPC client that is as small as can be. Any other over an HttpClient does as well, with <c>HttpHandler</c> or <c>HttpClient</c> of its channel set: the balancer sees what goes over the wire.
/// </summary>
internal sealed class OrdersClient(HttpClient client) : IOrders
{
    private const int HeaderLength = 5;

    public async Task<(string Status, bool IsFailed)> GetAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/samples.Orders/Get")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Frame(new StringValue { Value = "17" })),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.ParseAdd("trailers");
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var body = await response.Content.ReadAsByteArrayAsync();
        var status = response.Headers.TryGetValues("grpc-status", out var values) || response.TrailingHeaders.TryGetValues("grpc-status", out values) ? values.Single() : "none";
        return (status, status != "0" || body.Length <= HeaderLength);
    }

    public void Dispose() => client.Dispose();

    /// <summary>A message as it goes over the wire.</summary>
    public static byte[] Frame(IMessage message)
    {
        var frame = new byte[HeaderLength + message.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), frame.Length - HeaderLength);
        message.WriteTo(frame.AsSpan(HeaderLength));
        return frame;
    }

    /// <summary>Reads the one message of a call.</summary>
    public static async Task<StringValue> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        var header = new byte[HeaderLength];
        await body.ReadExactlyAsync(header, cancellationToken);
        var message = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1))];
        await body.ReadExactlyAsync(message, cancellationToken);
        return StringValue.Parser.ParseFrom(message);
    }
}
