using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using ClientLb.Endpoints;

namespace ClientLb.Affinity;

/// <summary>The key of a client's address. It reads texts itself, because <see cref="IPAddress"/> allocates.</summary>
internal static class ClientAddress
{
    private const int Bytes6 = 16;
    private const int Words6 = 8;

    /// <summary>The key of an address, with or without a port, in brackets or not; none for anything else, as <c>unknown</c>.</summary>
    public static CallKey KeyOf(ReadOnlySpan<char> text, HashKeyOptions options)
    {
        Span<byte> bytes = stackalloc byte[Bytes6];
        var length = Parse(text, bytes);
        if (length == 0)
        {
            return default;
        }

        Truncate(bytes[..length], length == 4 ? options.Prefix4 : options.Prefix6);
        return CallKey.Of(StableHash.Of(bytes[..length]));
    }

    /// <summary>Reads an address.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bytes">16 bytes to write to.</param>
    /// <returns>How many bytes the address has: 4, 16, or 0 where it is none. An IPv4 address mapped to IPv6 has 4.</returns>
    public static int Parse(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        text = text.Trim().Trim('"');
        if (text.StartsWith("["))
        {
            var end = text.IndexOf(']');
            return end < 0 || !IsPortOrNothing(text[(end + 1)..]) ? 0 : Parse6(text[1..end], bytes);
        }

        var colon = text.IndexOf(':');
        if (colon >= 0 && text[(colon + 1)..].Contains(':'))
        {
            return Parse6(text, bytes);
        }

        return colon >= 0 && !IsPortOrNothing(text[colon..]) ? 0 : Parse4(colon < 0 ? text : text[..colon], bytes) ? 4 : 0;
    }

    private static void Truncate(Span<byte> bytes, int bits)
    {
        for (var i = 0; i < bytes.Length; i++, bits -= 8)
        {
            bytes[i] &= bits >= 8 ? (byte)0xFF : bits <= 0 ? (byte)0 : (byte)(0xFF << (8 - bits));
        }
    }

    private static bool IsPortOrNothing(ReadOnlySpan<char> text) =>
        text.IsEmpty || (text[0] == ':' && ushort.TryParse(text[1..], NumberStyles.None, CultureInfo.InvariantCulture, out _));

    private static bool Parse4(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        for (var i = 0; i < 4; i++)
        {
            var dot = text.IndexOf('.');
            var part = dot < 0 ? text : text[..dot];
            if ((dot < 0) != (i == 3) || part.Length > 3 || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out bytes[i]))
            {
                return false;
            }

            text = text[(dot + 1)..];
        }

        return true;
    }

    private static int Parse6(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        var zone = text.IndexOf('%');
        text = zone < 0 ? text : text[..zone];
        var gap = text.IndexOf("::");
        Span<ushort> words = stackalloc ushort[Words6];
        words.Clear();
        if (gap < 0)
        {
            if (Words(text, words) != Words6)
            {
                return 0;
            }
        }
        else
        {
            Span<ushort> tail = stackalloc ushort[Words6];
            var before = Words(text[..gap], words);
            var after = Words(text[(gap + 2)..], tail);
            if (before < 0 || after < 0 || before + after >= Words6)
            {
                return 0;
            }

            words[before..].Clear();
            tail[..after].CopyTo(words[(Words6 - after)..]);
        }

        for (var i = 0; i < Words6; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes[(2 * i)..], words[i]);
        }

        if (words[..5].ContainsAnyExcept((ushort)0) || words[5] != 0xFFFF)
        {
            return Bytes6;
        }

        bytes[12..16].CopyTo(bytes);
        return 4;
    }

    /// <summary>Reads words between colons, the last two perhaps as an IPv4 address.</summary>
    /// <returns>How many there are, or −1.</returns>
    private static int Words(ReadOnlySpan<char> text, Span<ushort> words)
    {
        var count = 0;
        while (!text.IsEmpty)
        {
            var colon = text.IndexOf(':');
            var part = colon < 0 ? text : text[..colon];
            if (colon < 0 && part.Contains('.'))
            {
                Span<byte> last = stackalloc byte[4];
                if (count > Words6 - 2 || !Parse4(part, last))
                {
                    return -1;
                }

                words[count++] = BinaryPrimitives.ReadUInt16BigEndian(last);
                words[count++] = BinaryPrimitives.ReadUInt16BigEndian(last[2..]);
                return count;
            }

            if (count == Words6 || part.Length > 4 || colon == text.Length - 1
                || !ushort.TryParse(part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out words[count++]))
            {
                return -1;
            }

            text = colon < 0 ? default : text[(colon + 1)..];
        }

        return count;
    }
}
