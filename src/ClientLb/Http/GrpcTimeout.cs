using System.Globalization;

namespace ClientLb.Http;

/// <summary>
/// gRPC's deadline on the wire: header <c>grpc-timeout</c>, at most 8 digits and a unit (grpc/doc/PROTOCOL-HTTP2.md: H, M, S, m, u, n). Time in ticks of 100 ns.
/// </summary>
internal static class GrpcTimeout
{
    public const string Header = "grpc-timeout";

    private const int MostDigits = 8;
    private const long MostNumber = 99_999_999;

    /// <summary>Reads a value.</summary>
    /// <param name="text">The header's value.</param>
    /// <param name="ticks">The time; parts of a tick are dropped.</param>
    /// <returns>False when it is none.</returns>
    public static bool TryRead(ReadOnlySpan<char> text, out long ticks)
    {
        ticks = 0;
        if (text.Length is < 2 or > MostDigits + 1 || !long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        // 99,999,999 hours are 3.6e18 ticks: within 64 bits.
        var unit = UnitOf(text[^1]);
        ticks = unit > 0 ? number * unit : number / TimeSpan.NanosecondsPerTick;
        return unit >= 0;
    }

    /// <summary>Writes a time, in the finest unit that has room for it, rounded up: a server that gives up before its caller does would be blamed for it.</summary>
    /// <param name="ticks">The time. What is not above zero becomes the shortest time that there is: zero means to a server that nobody waits.</param>
    public static string Format(long ticks)
    {
        if (ticks <= MostNumber / TimeSpan.NanosecondsPerTick)
        {
            return ticks <= 0 ? "1n" : Text(ticks * TimeSpan.NanosecondsPerTick, 'n');
        }

        foreach (var unit in "umSM")
        {
            var number = RoundedUp(ticks, UnitOf(unit));
            if (number <= MostNumber)
            {
                return Text(number, unit);
            }
        }

        return Text(Math.Min(MostNumber, RoundedUp(ticks, TimeSpan.TicksPerHour)), 'H');
    }

    private static long RoundedUp(long ticks, long unit) => (ticks / unit) + (ticks % unit > 0 ? 1 : 0);

    private static string Text(long number, char unit) => string.Create(CultureInfo.InvariantCulture, $"{number}{unit}");

    /// <summary>Ticks of a unit; 0 for nanoseconds, of which a tick has many, and below 0 for what is no unit.</summary>
    private static long UnitOf(char unit) => unit switch
    {
        'H' => TimeSpan.TicksPerHour,
        'M' => TimeSpan.TicksPerMinute,
        'S' => TimeSpan.TicksPerSecond,
        'm' => TimeSpan.TicksPerMillisecond,
        'u' => TimeSpan.TicksPerMicrosecond,
        'n' => 0,
        _ => -1,
    };
}
