using System.Collections.Concurrent;
using System.Globalization;
using ClientLb.Simulation.Model;
using ClientLb.Simulation.Output;

namespace ClientLb.Simulation.Outages;

/// <summary><c>health</c>: plays outages and says whether everything stays within its limits.</summary>
internal static class HealthCommand
{
    /// <summary>The word that asks for it.</summary>
    public const string Name = "health";

    private static readonly string[] s_policies = ["recall", "peak_ewma", "round_robin"];

    /// <param name="args">What follows the word.</param>
    /// <param name="output">Where the table goes.</param>
    /// <param name="problems">Where goes what is wrong.</param>
    /// <returns>The exit code: 1 where a limit does not hold.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter problems)
    {
        var flags = new Flags(args);
        var outages = flags.Choices("--outage", string.Join(',', Catalogue.All.Select(static outage => outage.Name)), Catalogue.All.Select(static outage => outage.Name))
            .Select(static name => Catalogue.All.First(outage => outage.Name == name)).ToList();
        var names = Catalogue.All.SelectMany(static outage => outage.Sizes).Select(static size => size.Name).Distinct().ToList();
        var sizes = flags.Choices("--size", string.Join(',', names), names).ToHashSet();
        var policies = flags.Choices("--policy", string.Join(',', s_policies), s_policies);
        var seeds = flags.Seeds();
        var threads = flags.Threads();
        if (flags.AreRefused(problems))
        {
            return 2;
        }

        var runs = from outage in outages
                   from size in outage.Sizes
                   where sizes.Contains(size.Name)
                   from policy in policies
                   from seed in seeds
                   select (outage, size, policy, seed);
        return Play(runs.ToList(), threads, output);
    }

    private static int Play(List<(Outage Outage, Size Size, string Policy, ulong Seed)> runs, int threads, TextWriter output)
    {
        var table = new Table(output, [("outage", 14), ("size", 5), ("policy", 11), ("seed", 4), ("reached", 7), ("mean", 7), ("out s", 6), ("last", 6), ("never%", 6),
            ("plain", 6), ("last s", 6), ("all", 7), ("wrong", 5), ("again", 5), ("at end", 6), ("first%", 6), ("failed%", 7), ("longest", 7), ("p99", 7), ("onset", 7),
            ("during", 7), ("after", 7), ("back s", 6), ("panic%", 6), ("good/s", 7), ("limits", 6)]);
        table.Title();
        var rows = new OutageRow?[runs.Count];
        var printed = 0;

        // One at a time, or one thread would get all the long ones.
        var singly = Partitioner.Create(Enumerable.Range(0, runs.Count).ToList(), EnumerablePartitionerOptions.NoBuffering);
        Parallel.ForEach(singly, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
        {
            var (outage, size, policy, seed) = runs[i];
            var figures = OutageRun.Of(outage, size, policy, seed);
            lock (rows)
            {
                rows[i] = new OutageRow(outage.Name, size.Name, policy, seed, figures, outage.Limits(figures, size, policy));
                while (printed < rows.Length && rows[printed] is { } row)
                {
                    Print(table, row);
                    printed++;
                }
            }
        });
        return Array.TrueForAll(rows, static row => row!.Holds) ? 0 : 1;
    }

    private static void Print(Table table, OutageRow row)
    {
        var f = row.Figures;
        table.Line(row.Outage, row.Size, row.Policy, row.Seed, f.ReachedWorst, f.ReachedMean, f.OutMedian, f.OutWorst, f.NeverOut, f.PlainAfter, f.LastPlain, f.Attempts,
            f.Wrong, f.Again, f.OutAtEnd, f.FirstFailed, f.Failed, f.Longest, f.P99Before, f.P99Onset, f.P99During, f.P99After, f.Back, f.Panic, f.Goodput,
            row.Holds ? "hold" : string.Join("; ", row.Limits.Where(static limit => !limit.Holds)));
    }
}
