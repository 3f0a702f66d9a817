using System.Buffers.Text;

namespace ClientLb.Health.Checks;

/// <summary>A body in chunks (RFC 9112, 7.1). Extensions and trailers are passed over.</summary>
internal static class ChunkedBody
{
    private const int MaxSizeLine = 256;

    /// <summary>Reads what has come so far.</summary>
    public static HttpReading TryRead(ReadOnlySpan<byte> bytes, out byte[] content)
    {
        content = [];
        var taken = 0;
        var body = new byte[Math.Min(bytes.Length, HttpExpectation.MaxBody)];
        while (true)
        {
            var end = bytes.IndexOf("\r\n"u8);
            if (end < 0)
            {
                return bytes.Length > MaxSizeLine ? HttpReading.Broken : HttpReading.More;
            }

            if (!TryReadSize(bytes[..end], out var size))
            {
                return HttpReading.Broken;
            }

            bytes = bytes[(end + 2)..];
            if (size == 0)
            {
                content = body[..taken];
                return HttpReading.Done;
            }

            var here = (int)Math.Min((uint)bytes.Length, size);
            var room = Math.Min(here, body.Length - taken);
            bytes[..room].CopyTo(body.AsSpan(taken));
            taken += room;
            if (taken == HttpExpectation.MaxBody)
            {
                content = body;
                return HttpReading.Done;
            }

            if (bytes.Length < size + 2L)
            {
                return HttpReading.More;
            }

            if (!bytes.Slice(here, 2).SequenceEqual("\r\n"u8))
            {
                return HttpReading.Broken;
            }

            bytes = bytes[(here + 2)..];
        }
    }

    private static bool TryReadSize(ReadOnlySpan<byte> line, out uint size)
    {
        var extension = line.IndexOf((byte)';');
        var digits = (extension < 0 ? line : line[..extension]).TrimEnd(" \t"u8);
        return Utf8Parser.TryParse(digits, out size, out var consumed, 'x') && consumed == digits.Length && size <= int.MaxValue;
    }
}
