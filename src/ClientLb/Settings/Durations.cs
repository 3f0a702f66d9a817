using System.Globalization;

namespace ClientLb.Settings;

/// <summary>Durations as people write them: <c>00:00:05</c>, or a number with a unit (<c>250ms</c>, <c>5s</c>, <c>2m</c>, <c>1h</c>).</summary>
internal static class Durations
{
    public static bool TryParse(string text, out TimeSpan value)
    {
        text = text.Trim();
        var digits = text.AsSpan().TrimEnd("abcdefghijklmnopqrstuvwxyz");
        var unit = text.AsSpan(digits.Length);
        double seconds = unit switch
        {
            "ms" => 0.001,
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => 0,
        };
        value = default;
        if (seconds == 0)
        {
            // A bare number would be days to TimeSpan.Parse and seconds to most people: ask for the unit instead.
            return text.Contains(':', StringComparison.Ordinal)
                && (TryParseLongHours(text, out value) || TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value));
        }

        if (!double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || !(Math.Abs(number * seconds) < TimeSpan.MaxValue.TotalSeconds))
        {
            return false;
        }

        value = TimeSpan.FromSeconds(number * seconds);
        return true;
    }

    // To TimeSpan.Parse "24:00:00" is 24 days and "25:30:00" a mistake: with two colons and no point before them it is hours to a person.
    private static bool TryParseLongHours(string text, out TimeSpan value)
    {
        value = default;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (!int.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var hours)
            || hours < 24
            || text.AsSpan(colon + 1).Count(':') != 1
            || !TimeSpan.TryParse(string.Concat("00", text.AsSpan(colon)), CultureInfo.InvariantCulture, out var rest))
        {
            return false;
        }

        value = TimeSpan.FromHours(hours) + rest;
        return true;
    }

    public static string Format(TimeSpan value) => value == Timeout.InfiniteTimeSpan ? "infinite" : value.Ticks switch
    {
        0 => "0s",
        var t when t % TimeSpan.TicksPerHour == 0 => FormattableString.Invariant($"{value.TotalHours}h"),
        var t when t % TimeSpan.TicksPerMinute == 0 => FormattableString.Invariant($"{value.TotalMinutes}m"),
        var t when t % TimeSpan.TicksPerSecond == 0 => FormattableString.Invariant($"{value.TotalSeconds}s"),
        _ => FormattableString.Invariant($"{value.TotalMilliseconds}ms"),
    };
}
