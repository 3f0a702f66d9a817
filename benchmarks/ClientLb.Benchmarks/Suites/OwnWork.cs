using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace ClientLb.Benchmarks.Suites;

/// <summary>About a microsecond of what callers do between two calls: arithmetic that touches no memory.</summary>
internal static class OwnWork
{
    private const int Trial = 200_000;

    // Found out once: the least of some trials, because whoever is disturbed takes longer.
    private static readonly int s_steps = (int)Math.Max(1, Trial / (Enumerable.Range(0, 20).Min(_ => Take(Trial)) / 1000));

    public static ulong OneMicrosecond() => Turn(s_steps, 1);

    private static double Take(int steps)
    {
        var started = Stopwatch.GetTimestamp();
        GC.KeepAlive(Turn(steps, (ulong)started));
        return Stopwatch.GetElapsedTime(started).TotalNanoseconds;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Turn(int steps, ulong state)
    {
        for (var i = 0; i < steps; i++)
        {
            state = (state * 6364136223846793005UL) + 1442695040888963407UL;
        }

        return state;
    }
}
