using System.Globalization;

namespace ClientLb.Simulation.Twice;

/// <summary><c>never-twice</c>: whether servers ever act twice on a call that must not be repeated.</summary>
internal static class TwiceCommand
{
    /// <summary>The word that asks for it.</summary>
    public const string Name = "never-twice";

    /// <param name="args">What follows the word.</param>
    /// <param name="output">Where the result goes.</param>
    /// <param name="problems">Where goes what is wrong.</param>
    /// <returns>The exit code: 1 where one was acted on twice, or the run has shown nothing.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter problems)
    {
        var flags = new Flags(args);
        var calls = (long)flags.Number("--calls", 1_000_000, 1000, 1e9, isWhole: true);
        var seed = (ulong)flags.Number("--seed", 1, 0, 1e9, isWhole: true);
        if (flags.AreRefused(problems))
        {
            return 2;
        }

        var f = TwiceRun.Of(calls, seed);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {f.Calls:N0} calls that must not be repeated (seed {seed}): acted on twice {f.Twice:N0}, once {f.Acted - f.Twice:N0}; made elsewhere too since nobody was reached {f.Elsewhere:N0}; cancelled in flight {f.Cancelled:N0}
            beside them, of calls that may be repeated: acted on more than once {f.Repeated:N0}
            attempts {f.Attempts:N0}, stopped {f.Stopped:N0}; calls or leases left over {f.Left:N0}
            {(f.Holds ? "hold" : "BROKEN")}
            """));
        return f.Holds ? 0 : 1;
    }
}
