using System.Buffers.Binary;
using System.Text;

namespace ClientLb.Health.Checks;

/// <summary>
/// The few bytes of <c>grpc.health.v1</c>: frames of gRPC (a flag, a length of four bytes, a message), the request with the name of a service as field 1, the
/// answer with a status as field 1.
/// </summary>
internal static class GrpcFrames
{
    /// <summary>Flag and length.</summary>
    public const int HeaderLength = 5;

    /// <summary>A status takes two bytes; what is longer than this is no answer about health.</summary>
    public const int MaxMessage = 4096;

    /// <summary>The frame of a request.</summary>
    public static byte[] Request(string service)
    {
        var name = Encoding.UTF8.GetBytes(service);
        var message = name.Length == 0 ? 0 : 1 + VarintLength((uint)name.Length) + name.Length;
        var frame = new byte[HeaderLength + message];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message);
        if (name.Length != 0)
        {
            var place = HeaderLength;
            frame[place++] = 0x0A;
            for (var rest = (uint)name.Length; ; rest >>= 7)
            {
                frame[place++] = (byte)(rest < 0x80 ? rest : (rest & 0x7F) | 0x80);
                if (rest < 0x80)
                {
                    break;
                }
            }

            name.CopyTo(frame, place);
        }

        return frame;
    }

    /// <summary>Takes the first frame off.</summary>
    /// <param name="bytes">What has come; what is left of it afterwards.</param>
    /// <param name="message">The message of the frame.</param>
    /// <returns><see cref="HttpReading.Broken"/> for a compressed message, which nobody asked for, and for one that is too long.</returns>
    public static HttpReading TryTake(ref ReadOnlyMemory<byte> bytes, out ReadOnlyMemory<byte> message)
    {
        message = default;
        var span = bytes.Span;
        if (span.Length > 0 && span[0] != 0)
        {
            return HttpReading.Broken;
        }

        if (span.Length < HeaderLength)
        {
            return HttpReading.More;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(span[1..]);
        if (length > MaxMessage)
        {
            return HttpReading.Broken;
        }

        if (span.Length < HeaderLength + length)
        {
            return HttpReading.More;
        }

        message = bytes.Slice(HeaderLength, (int)length);
        bytes = bytes[(HeaderLength + (int)length)..];
        return HttpReading.Done;
    }

    /// <summary>Reads the message of an answer. Fields that are not known are passed over; a status that is not known counts as unknown.</summary>
    /// <returns>False for what is no message of Protocol Buffers.</returns>
    public static bool TryReadServing(ReadOnlySpan<byte> message, out GrpcServing serving)
    {
        serving = GrpcServing.Unknown;
        while (message.Length > 0)
        {
            if (!TryReadVarint(ref message, out var tag) || tag >> 3 is 0 or > 0x1FFF_FFFF)
            {
                return false;
            }

            if (tag == 0x08)
            {
                if (!TryReadVarint(ref message, out var value))
                {
                    return false;
                }

                // The last one counts, as the format has it.
                serving = value <= (ulong)GrpcServing.ServiceUnknown ? (GrpcServing)value : GrpcServing.Unknown;
            }
            else if (!TrySkip(ref message, (int)(tag & 7)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TrySkip(ref ReadOnlySpan<byte> message, int wireType)
    {
        ulong length;
        switch (wireType)
        {
            case 0:
                return TryReadVarint(ref message, out _);
            case 1:
                length = 8;
                break;
            case 2:
                if (!TryReadVarint(ref message, out length))
                {
                    return false;
                }

                break;
            case 5:
                length = 4;
                break;
            default:
                return false;
        }

        if (length > (ulong)message.Length)
        {
            return false;
        }

        message = message[(int)length..];
        return true;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> message, out ulong value)
    {
        value = 0;
        for (var i = 0; i < message.Length && i < 10; i++)
        {
            value |= (ulong)(message[i] & 0x7F) << (7 * i);
            if (message[i] < 0x80)
            {
                message = message[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    private static int VarintLength(uint value)
    {
        var length = 1;
        while ((value >>= 7) != 0)
        {
            length++;
        }

        return length;
    }
}
