using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace ClientLb.AspNetCore.Deadlines;

/// <summary>
/// Finds out for how long a caller waits. What can't be read is counted and taken for "not said": a caller's mistake in a header must not fail
/// its request.
/// </summary>
internal sealed class DeadlineReader(ClientLbServerOptions options, ServerMetrics metrics)
{
    private const string GrpcHeader = "grpc-timeout";

    /// <summary>More digits than any bound needs; beyond them it is noise.</summary>
    private const int MostDigits = 12;

    /// <summary>gRPC's own limit (PROTOCOL-HTTP2.md: "TimeoutValue → {positive integer as ASCII string of at most 8 digits}").</summary>
    private const int MostGrpcDigits = 8;

    private readonly string[] _headers = [.. options.DeadlineHeaders];
    private readonly bool _readsGrpc = options.GrpcTimeout;
    private readonly TimeSpan _longest = options.MaxDeadline;

    /// <summary>Reads the deadline of a request: the shortest that it names, at most the longest that is allowed.</summary>
    /// <param name="headers">The request's headers.</param>
    /// <param name="isGrpc">Whether it is a gRPC request.</param>
    /// <param name="left">The time that is left; zero when the caller no longer waits.</param>
    /// <returns>False when the caller has not said.</returns>
    public bool TryRead(IHeaderDictionary headers, bool isGrpc, out TimeSpan left)
    {
        left = TimeSpan.MaxValue;
        foreach (var name in _headers)
        {
            if (headers.TryGetValue(name, out var value) && value.Count > 0)
            {
                Take(ref left, TryMilliseconds(value, out var time), time);
            }
        }

        if (isGrpc && _readsGrpc && headers.TryGetValue(GrpcHeader, out var timeout) && timeout.Count > 0)
        {
            Take(ref left, TryGrpc(timeout, out var time), time);
        }

        if (left == TimeSpan.MaxValue)
        {
            return false;
        }

        left = left < _longest ? left : _longest;
        return true;
    }

    private void Take(ref TimeSpan left, bool isGood, TimeSpan time)
    {
        if (!isGood)
        {
            metrics.DeadlineUnreadable();
        }
        else if (time < left)
        {
            left = time;
        }
    }

    private static bool TryMilliseconds(in StringValues value, out TimeSpan time)
    {
        var isGood = TryDigits(value, 0, MostDigits, out var number);
        time = TimeSpan.FromMilliseconds(number);
        return isGood;
    }

    private static bool TryGrpc(in StringValues value, out TimeSpan time)
    {
        time = default;
        if (value.Count != 1 || value[0] is not { Length: > 1 } text || !TryDigits(value, 1, MostGrpcDigits, out var number))
        {
            return false;
        }

        long ticks = text[^1] switch
        {
            'H' => TimeSpan.TicksPerHour,
            'M' => TimeSpan.TicksPerMinute,
            'S' => TimeSpan.TicksPerSecond,
            'm' => TimeSpan.TicksPerMillisecond,
            'u' => TimeSpan.TicksPerMicrosecond,
            'n' => -TimeSpan.NanosecondsPerTick,
            _ => 0,
        };

        // 99,999,999 hours are 3.6e18 ticks: within 64 bits.
        time = TimeSpan.FromTicks(ticks > 0 ? number * ticks : ticks < 0 ? number / -ticks : 0);
        return ticks != 0;
    }

    /// <summary>One value of digits alone, but for some characters at its end.</summary>
    private static bool TryDigits(in StringValues value, int unit, int most, out long number)
    {
        number = 0;
        return value.Count == 1 && value[0] is { } text && text.Length - unit <= most
            && long.TryParse(text.AsSpan(0, text.Length - unit), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
