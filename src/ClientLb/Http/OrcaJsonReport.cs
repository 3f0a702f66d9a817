using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>
/// The figures at the top of one JSON object. Not <c>Utf8JsonReader</c>, which answers a bad report with an exception: a server that sends one sends it
/// with every answer.
/// </summary>
internal static class OrcaJsonReport
{
    public static bool TryParse(ReadOnlySpan<char> text, out LoadReport report)
    {
        report = default;
        var read = default(LoadReport);
        if (!TryTake(ref text, '{'))
        {
            return false;
        }

        if (!TryTake(ref text, '}'))
        {
            do
            {
                if (!TryName(ref text, out var name) || !TryTake(ref text, ':') || !TryValue(ref text, out var value)
                    || !(value.IsEmpty || OrcaReport.TrySet(ref read, name, value)))
                {
                    return false;
                }
            }
            while (TryTake(ref text, ','));

            if (!TryTake(ref text, '}'))
            {
                return false;
            }
        }

        report = read;
        return text.Trim().IsEmpty;
    }

    private static bool TryTake(ref ReadOnlySpan<char> text, char expected)
    {
        text = text.TrimStart();
        if (text.IsEmpty || text[0] != expected)
        {
            return false;
        }

        text = text[1..];
        return true;
    }

    /// <summary>A text in quotation marks, as it stands: a name or number of ours has nothing that is escaped.</summary>
    private static bool TryName(ref ReadOnlySpan<char> text, out ReadOnlySpan<char> name)
    {
        name = default;
        if (!TryTake(ref text, '"'))
        {
            return false;
        }

        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == '"')
            {
                name = text[..i];
                text = text[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    /// <summary>A number, bare or in quotation marks; empty for an object, a list or null, which are skipped.</summary>
    private static bool TryValue(ref ReadOnlySpan<char> text, out ReadOnlySpan<char> value)
    {
        text = text.TrimStart();
        value = default;
        if (text.IsEmpty)
        {
            return false;
        }

        switch (text[0])
        {
            case '"':
                return TryName(ref text, out value);
            case '{' or '[':
                return TrySkip(ref text);
            default:
                var end = text.IndexOfAny(",}] \t");
                value = end < 0 ? text : text[..end];
                text = end < 0 ? default : text[end..];
                if (value is "null")
                {
                    value = default;
                    return true;
                }

                return !value.IsEmpty;
        }
    }

    private static bool TrySkip(ref ReadOnlySpan<char> text)
    {
        var depth = 0;
        while (!text.IsEmpty)
        {
            var c = text[0];
            if (c == '"')
            {
                if (!TryName(ref text, out _))
                {
                    return false;
                }

                continue;
            }

            text = text[1..];
            depth += c is '{' or '[' ? 1 : c is '}' or ']' ? -1 : 0;
            if (depth == 0)
            {
                return true;
            }
        }

        return false;
    }
}
