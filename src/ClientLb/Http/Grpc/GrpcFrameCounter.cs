using System.Buffers.Binary;

namespace ClientLb.Http.Grpc;

/// <summary>Counts the messages in the body of a gRPC answer: each has a byte of flags and four of length before it.</summary>
internal struct GrpcFrameCounter
{
    private const int HeaderLength = 5;

    private long _left;
    private uint _length;
    private int _header;

    /// <summary>The messages that have begun.</summary>
    public int Messages { get; private set; }

    /// <summary>True where the last one of them has come whole.</summary>
    public readonly bool IsWhole => Messages > 0 && _left == 0 && _header == 0;

    /// <summary>Takes in the next bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_left > 0)
            {
                var skipped = (int)Math.Min(_left, bytes.Length);
                _left -= skipped;
                bytes = bytes[skipped..];
            }
            else if (_header == 0 && bytes.Length >= HeaderLength)
            {
                // The usual case: nobody cuts so small a thing in two.
                _left = BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]);
                Messages++;
                bytes = bytes[HeaderLength..];
            }
            else
            {
                if (_header > 0)
                {
                    _length = (_length << 8) | bytes[0];
                }

                bytes = bytes[1..];
                if (++_header == HeaderLength)
                {
                    (_left, _length, _header) = (_length, 0, 0);
                    Messages++;
                }
            }
        }
    }
}
