using System.Globalization;

namespace ClientLb.Settings;

/// <summary>Some status codes in a row.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Last">The last of them.</param>
internal readonly record struct StatusRange(int First, int Last)
{
    public const int Lowest = 200;
    public const int Highest = 999;

    /// <summary>Reads <c>500</c> or <c>502-504</c>.</summary>
    public static bool TryParse(string text, out StatusRange range)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var isRange = dash >= 0;
        range = default;
        if (!TryParseCode(isRange ? text.AsSpan(0, dash) : text, out var first) || !TryParseCode(isRange ? text.AsSpan(dash + 1) : text, out var last) || last < first)
        {
            return false;
        }

        range = new(first, last);
        return true;
    }

    private static bool TryParseCode(ReadOnlySpan<char> text, out int code) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out code) && code is >= Lowest and <= Highest;
}
