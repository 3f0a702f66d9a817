using System.Globalization;

namespace ClientLb.Health.Checks;

/// <summary>HTTP statuses, written as numbers and ranges: <c>200-299</c>, <c>404</c>.</summary>
internal sealed class StatusSet
{
    private const int Least = 100;
    private const int Most = 599;

    private readonly (int First, int Last)[] _ranges;

    /// <summary>Reads a list.</summary>
    /// <param name="parts">Numbers and ranges; what is neither is left out.</param>
    public StatusSet(IEnumerable<string> parts) =>
        _ranges = [.. parts.Where(IsPart).Select(static part => { TryRead(part, out var range); return range; })];

    public bool Contains(int status)
    {
        foreach (var (first, last) in _ranges)
        {
            if (status >= first && status <= last)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a text is a status or a range of statuses.</summary>
    public static bool IsPart(string? text) => TryRead(text, out _);

    private static bool TryRead(string? text, out (int First, int Last) range)
    {
        range = default;
        if (text is null)
        {
            return false;
        }

        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (!TryReadOne(dash < 0 ? text : text.AsSpan(0, dash), out var first))
        {
            return false;
        }

        var last = first;
        if (dash >= 0 && !TryReadOne(text.AsSpan(dash + 1), out last))
        {
            return false;
        }

        range = (first, last);
        return first <= last;
    }

    private static bool TryReadOne(ReadOnlySpan<char> text, out int status) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out status) && status is >= Least and <= Most;
}
