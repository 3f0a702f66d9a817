using System.Globalization;

namespace ClientLb.Simulation.Clocks;

/// <summary><c>clocks</c>: whether a pooled timeout ever stops a call that it is not meant for.</summary>
internal static class ClockCommand
{
    /// <summary>The word that asks for it.</summary>
    public const string Name = "clocks";

    /// <param name="args">What follows the word.</param>
    /// <param name="output">Where the result goes.</param>
    /// <param name="problems">Where goes what is wrong.</param>
    /// <returns>The exit code: 1 where one was stopped by what was meant for another.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter problems)
    {
        var flags = new Flags(args);
        var calls = (long)flags.Number("--calls", 10_000_000, 1000, 1e9, isWhole: true);
        var threads = (int)flags.Number("--threads", 4, 1, 64, isWhole: true);
        var seed = (ulong)flags.Number("--seed", 1, 0, 1e9, isWhole: true);
        if (flags.AreRefused(problems))
        {
            return 2;
        }

        var f = ClockRun.Of(calls, threads, seed);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{f.Calls:N0} calls: cancelled by their caller {f.Cancelled:N0}, out of time {f.TimedOut:N0}, made again {f.Retried:N0}, stopped by what was meant for another {f.Foreign:N0}: {(f.Holds ? "hold" : "BROKEN")}"));
        return f.Holds ? 0 : 1;
    }
}
