using System.Buffers.Text;
using System.Text;

namespace ClientLb.Health.Checks;

/// <summary>
/// An answer of HTTP/1 to a request that closes its connection, as far as a check has to read it: the status, and a body of at most 64 KB, by length, in
/// chunks or up to the end.
/// </summary>
/// <param name="Status">The status.</param>
/// <param name="Body">The body, where it is wanted.</param>
internal readonly record struct HttpAnswer(int Status, ReadOnlyMemory<byte> Body)
{
    /// <summary>No more of a head is read, the interim answers before it included.</summary>
    public const int MaxHead = 32 * 1024;

    /// <summary>Reads what has come so far.</summary>
    /// <param name="bytes">Everything since the connection was opened.</param>
    /// <param name="isEnd">The peer has closed the connection: no more will come.</param>
    /// <param name="expectation">Says whether the body is wanted.</param>
    /// <param name="answer">The answer, where it is done.</param>
    /// <returns>How far it goes.</returns>
    public static HttpReading TryRead(ReadOnlyMemory<byte> bytes, bool isEnd, HttpExpectation expectation, out HttpAnswer answer)
    {
        answer = default;
        while (true)
        {
            var end = bytes.Span.IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                return isEnd || bytes.Length > MaxHead || !MayBegin(bytes.Span) ? HttpReading.Broken : HttpReading.More;
            }

            var head = bytes.Span[..(end + 2)];
            var body = bytes[(end + 4)..];
            if (!TryReadStatus(head, out var status))
            {
                return HttpReading.Broken;
            }

            if (status is >= 100 and < 200)
            {
                // Interim: the answer itself follows.
                bytes = body;
                continue;
            }

            answer = new HttpAnswer(status, ReadOnlyMemory<byte>.Empty);
            return !expectation.WantsBody(status) || status is 204 or 304 ? HttpReading.Done : ReadBody(head, body, isEnd, ref answer);
        }
    }

    private static HttpReading ReadBody(ReadOnlySpan<byte> head, ReadOnlyMemory<byte> body, bool isEnd, ref HttpAnswer answer)
    {
        if (Header(head, "transfer-encoding", out var encoding))
        {
            if (!Ascii.EqualsIgnoreCase(encoding, "chunked"u8))
            {
                return HttpReading.Broken;
            }

            var reading = ChunkedBody.TryRead(body.Span, out var content);
            answer = answer with { Body = content };
            return reading == HttpReading.More && isEnd ? HttpReading.Broken : reading;
        }

        if (Header(head, "content-length", out var text))
        {
            if (!Utf8Parser.TryParse(text, out ulong length, out var consumed) || consumed != text.Length)
            {
                return HttpReading.Broken;
            }

            var wanted = (int)Math.Min(length, HttpExpectation.MaxBody);
            if (body.Length < wanted)
            {
                return isEnd ? HttpReading.Broken : HttpReading.More;
            }

            answer = answer with { Body = body[..wanted] };
            return HttpReading.Done;
        }

        if (!isEnd && body.Length < HttpExpectation.MaxBody)
        {
            return HttpReading.More;
        }

        answer = answer with { Body = body[..Math.Min(body.Length, HttpExpectation.MaxBody)] };
        return HttpReading.Done;
    }

    // A peer that speaks something else is found by its first bytes, not by its silence.
    private static bool MayBegin(ReadOnlySpan<byte> bytes) => "HTTP/1."u8.StartsWith(bytes[..Math.Min(bytes.Length, 7)]);

    private static bool TryReadStatus(ReadOnlySpan<byte> head, out int status)
    {
        status = 0;
        return head.Length >= 14 && head.StartsWith("HTTP/1."u8) && head[8] == ' ' && Utf8Parser.TryParse(head.Slice(9, 3), out status, out var digits)
            && digits == 3 && status is >= 100 and <= 999 && head[12] is (byte)' ' or (byte)'\r';
    }

    private static bool Header(ReadOnlySpan<byte> head, ReadOnlySpan<char> name, out ReadOnlySpan<byte> value)
    {
        head = head[(head.IndexOf("\r\n"u8) + 2)..];
        while (head.Length > 0)
        {
            var end = head.IndexOf("\r\n"u8);
            var line = head[..end];
            var colon = line.IndexOf((byte)':');
            if (colon > 0 && Ascii.EqualsIgnoreCase(line[..colon], name))
            {
                value = line[(colon + 1)..].Trim(" \t"u8);
                return true;
            }

            head = head[(end + 2)..];
        }

        value = default;
        return false;
    }
}
