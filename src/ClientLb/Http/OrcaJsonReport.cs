using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>
/// The figures of a report in JSON. Not <c>Utf8JsonReader</c>, which answers a bad report with an exception: a server that sends one sends it
/// with every answer.
/// </summary>
internal static class OrcaJsonReport
{
    public static bool TryParse(ReadOnlySpan<char> text, string[] metrics, out LoadReport report)
    {
        report = default;
        var read = default(LoadReport);
        if (!TryObject(ref text, "", metrics, ref read) || !text.Trim().IsEmpty)
        {
            return false;
        }

        report = read;
        return true;
    }

    /// <summary>The figures of one object: of the report, or of a map in it.</summary>
    private static bool TryObject(ref ReadOnlySpan<char> text, ReadOnlySpan<char> map, string[] metrics, ref LoadReport report)
    {
        if (!TryTake(ref text, '{'))
        {
            return false;
        }

        if (TryTake(ref text, '}'))
        {
            return true;
        }

        do
        {
            if (!TryName(ref text, out var name) || !TryTake(ref text, ':'))
            {
                return false;
            }

            // Only what is chosen is looked for below the top.
            var below = metrics.Length > 0 && map.IsEmpty ? MapOf(name) : "";
            if (below.Length > 0)
            {
                if (!TryObject(ref text, below, metrics, ref report))
                {
                    return false;
                }
            }
            else if (!TryValue(ref text, out var value) || !(value.IsEmpty || OrcaReport.TrySet(ref report, map, name, value, metrics)))
            {
                return false;
            }
        }
        while (TryTake(ref text, ','));

        return TryTake(ref text, '}');
    }

    private static string MapOf(ReadOnlySpan<char> name) => name switch
    {
        "named_metrics" or "namedMetrics" => "named_metrics.",
        "utilization" => "utilization.",
        _ => "",
    };

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
