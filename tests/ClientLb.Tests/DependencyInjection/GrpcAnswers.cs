using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;

namespace ClientLb.Tests.DependencyInjection;

/// <summary>Answers of gRPC servers.</summary>
internal static class GrpcAnswers
{
    public static HttpResponseMessage Respond(HttpContent content)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Version = HttpVersion.Version20, Content = content };
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        return response;
    }

    public static HttpResponseMessage Message(int status = 0) => Message(Frame(0), status);

    public static HttpResponseMessage Message(byte[] bytes, int status = 0)
    {
        var response = Respond(new StreamContent(new MemoryStream(bytes)));
        response.TrailingHeaders.Add("grpc-status", status.ToString());
        return response;
    }

    public static byte[] Frame(int length)
    {
        var frame = new byte[5 + length];
        new Random(length).NextBytes(frame.AsSpan(5));
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), length);
        return frame;
    }

    public static HttpResponseMessage Status(int status, StatusPlace where, string? pushback = null)
    {
        var response = Respond(new StreamContent(new MemoryStream()));
        var headers = where == StatusPlace.Headers ? response.Headers : response.TrailingHeaders;
        headers.Add("grpc-status", status.ToString());
        if (pushback is not null)
        {
            headers.Add("grpc-retry-pushback-ms", pushback);
        }

        return response;
    }

    public static async Task<string?> StatusAsync(HttpResponseMessage response)
    {
        await response.Content.CopyToAsync(Stream.Null);
        return response.Headers.TryGetValues("grpc-status", out var values) || response.TrailingHeaders.TryGetValues("grpc-status", out values) ? values.Single() : null;
    }

    /// <summary>A body whose first read waits.</summary>
    public sealed class LateStream(Task<int> first) : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => await first.WaitAsync(cancellationToken);
    }

    /// <summary>A body that breaks off where it should end.</summary>
    public sealed class BrokenStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is > 0 and var count ? count : throw new HttpIOException(HttpRequestError.ResponseEnded);
    }

    /// <summary>A body of one message twice, of which the second is late.</summary>
    public sealed class SlowStream(byte[] message, Task<int> second) : Stream
    {
        private int _reads;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (++_reads > 1)
            {
                await second.WaitAsync(cancellationToken);
            }

            message.CopyTo(buffer);
            return message.Length;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
