using System.Buffers.Binary;
using System.IO.Compression;
using ClientLb.Grpc.Tests.Protos;
using Google.Protobuf;

namespace ClientLb.Grpc.Tests.Infrastructure;

/// <summary>Messages as gRPC puts them on the wire: a byte that says whether the message is compressed, four of its length, the message.</summary>
internal static class GrpcFrames
{
    public const int HeaderLength = 5;

    public static byte[] Of(IMessage message, bool isCompressed = false)
    {
        var bytes = message.ToByteArray();
        if (isCompressed)
        {
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
            {
                gzip.Write(bytes);
            }

            bytes = packed.ToArray();
        }

        var frame = new byte[HeaderLength + bytes.Length];
        frame[0] = isCompressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), bytes.Length);
        bytes.CopyTo(frame.AsSpan(HeaderLength));
        return frame;
    }

    /// <summary>Reads the next message; <see langword="null"/> at the end.</summary>
    public static async Task<T?> ReadAsync<T>(Stream stream, MessageParser<T> parser, CancellationToken cancellationToken = default)
        where T : class, IMessage<T>
    {
        var header = new byte[HeaderLength];
        var count = await stream.ReadAtLeastAsync(header, HeaderLength, throwOnEndOfStream: false, cancellationToken);
        if (count == 0)
        {
            return null;
        }

        var bytes = new byte[count < HeaderLength ? throw new EndOfStreamException() : BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1))];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        if (header[0] == 0)
        {
            return parser.ParseFrom(bytes);
        }

        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        return parser.ParseFrom(gzip);
    }
}
