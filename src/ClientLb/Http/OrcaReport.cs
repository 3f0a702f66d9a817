using System.Globalization;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>
/// The header <c>endpoint-load-metrics</c>: a word for the form, and the report. What it is not about is skipped; a figure that is negative or no number
/// spoils the whole report, because its server does not know what it says.
/// </summary>
internal static class OrcaReport
{
    /// <summary>Longer ones are refused: a report has a dozen figures.</summary>
    public const int Longest = 4096;

    public static bool TryParse(ReadOnlySpan<char> text, string[] metrics, out LoadReport report)
    {
        report = default;
        text = text.Trim();
        if (text.Length > Longest)
        {
            return false;
        }

        var space = text.IndexOf(' ');
        if (space < 0)
        {
            return false;
        }

        var rest = text[(space + 1)..].Trim();
        return text[..space] switch
        {
            "TEXT" => TryParseText(rest, metrics, out report),
            "JSON" => OrcaJsonReport.TryParse(rest, metrics, out report),
            "BIN" => OrcaBinaryReport.TryParse(rest, metrics, out report),
            _ => false,
        };
    }

    /// <summary>Takes one figure by its name; one that is unknown changes nothing.</summary>
    /// <param name="report">Where it goes.</param>
    /// <param name="map">The map that it stands in, with its point; empty for none.</param>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="metrics">The metrics that count as utilization.</param>
    /// <returns>False when the value can't be one.</returns>
    public static bool TrySet(ref LoadReport report, ReadOnlySpan<char> map, ReadOnlySpan<char> name, ReadOnlySpan<char> value, string[] metrics)
    {
        if (metrics.Length > 0 && IsChosen(map, name, metrics))
        {
            if (!TryNumber(value, out var chosen))
            {
                return false;
            }

            report = report with { ChosenUtilization = Math.Max(report.ChosenUtilization, chosen) };
        }

        if (map.Length > 0)
        {
            return true;
        }

        // JSON made from Protocol Buffers may spell names either way.
        switch (name)
        {
            case "application_utilization" or "applicationUtilization":
                return TryNumber(value, out var application) && Set(ref report, report with { ApplicationUtilization = application });
            case "cpu_utilization" or "cpuUtilization":
                return TryNumber(value, out var cpu) && Set(ref report, report with { CpuUtilization = cpu });
            case "rps_fractional" or "rpsFractional":
                return TryNumber(value, out var requests) && Set(ref report, report with { RequestsPerSecond = requests });
            case "eps":
                return TryNumber(value, out var errors) && Set(ref report, report with { ErrorsPerSecond = errors });
            default:
                return true;
        }
    }

    /// <summary>Whether a metric counts as utilization.</summary>
    public static bool IsChosen(ReadOnlySpan<char> map, ReadOnlySpan<char> name, string[] metrics)
    {
        foreach (var metric in metrics)
        {
            if (metric.Length == map.Length + name.Length && metric.AsSpan().StartsWith(map) && metric.AsSpan().EndsWith(name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a figure can be one.</summary>
    public static bool IsFigure(double value) => value is >= 0 and <= float.MaxValue;

    private static bool TryParseText(ReadOnlySpan<char> text, string[] metrics, out LoadReport report)
    {
        report = default;
        var read = default(LoadReport);
        foreach (var range in text.Split(','))
        {
            var pair = text[range].Trim();
            var equals = pair.IndexOf('=');
            if (equals <= 0 || !TrySet(ref read, "", pair[..equals].Trim(), pair[(equals + 1)..].Trim(), metrics))
            {
                return false;
            }
        }

        report = read;
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out float value)
    {
        var isNumber = double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number);
        value = (float)number;
        return isNumber && IsFigure(number);
    }

    private static bool Set(ref LoadReport report, in LoadReport value)
    {
        report = value;
        return true;
    }
}
