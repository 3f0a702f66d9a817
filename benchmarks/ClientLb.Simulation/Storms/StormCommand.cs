using System.Collections.Concurrent;
using System.Globalization;
using ClientLb.Balancing;
using ClientLb.Simulation.Outages;
using ClientLb.Simulation.Output;

namespace ClientLb.Simulation.Storms;

/// <summary><c>storm</c>: the retry storm, with the library's defaults and with what others do.</summary>
internal static class StormCommand
{
    /// <summary>The word that asks for it.</summary>
    public const string Name = "storm";

    /// <param name="args">What follows the word.</param>
    /// <param name="output">Where the table goes.</param>
    /// <param name="problems">Where goes what is wrong.</param>
    /// <returns>The exit code: 1 where a limit does not hold.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter problems)
    {
        var flags = new Flags(args);
        var forms = flags.Choices("--form", "brown,hang,errors", Enum.GetNames<StormForm>()).Select(static name => Enum.Parse<StormForm>(name)).ToList();
        var clients = flags.Choices("--clients", "50,3,10,1000", ["3", "10", "50", "1000"]).Select(static n => int.Parse(n, CultureInfo.InvariantCulture)).ToList();
        var names = flags.Choices("--strategy", "standard,plain,call-funded", Strategy.All.Select(static strategy => strategy.Name));
        var policies = flags.Choices("--policy", LoadBalancingPolicies.Default, new LoadBalancingPolicies([]).Names);
        var seeds = flags.Seeds();
        var threads = flags.Threads();
        if (flags.AreRefused(problems))
        {
            return 2;
        }

        var runs = from count in clients
                   from name in names
                   from form in forms
                   from policy in policies
                   from seed in seeds
                   select (new Storm(form, count, HasMiddleware: count == 1000), Strategy.All.First(strategy => strategy.Name == name), policy, seed);
        return Play(runs.ToList(), threads, output);
    }

    private static int Play(List<(Storm Storm, Strategy Strategy, string Policy, ulong Seed)> runs, int threads, TextWriter output)
    {
        var table = new Table(output, [("clients", 7), ("strategy", 11), ("form", 6), ("policy", 11), ("seed", 4), ("good%", 6), ("of it%", 6), ("recovery", 8),
            ("attempts", 8), ("refused%", 8), ("p99", 7), ("onset", 7), ("during", 7), ("after", 7), ("limits", 6)]);
        table.Title();
        var lines = new object[]?[runs.Count];
        var (printed, broken) = (0, 0);

        // One at a time, or one thread would get all the long ones.
        var singly = Partitioner.Create(Enumerable.Range(0, runs.Count).ToList(), EnumerablePartitionerOptions.NoBuffering);
        Parallel.ForEach(singly, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
        {
            var (storm, strategy, policy, seed) = runs[i];
            var f = storm.Play(strategy, policy, seed);
            var failed = strategy.IsOurs ? StormLimits.Of(storm, f).Where(static limit => !limit.Holds).ToList() : [];
            lock (lines)
            {
                broken += failed.Count;
                lines[i] = [storm.Clients, strategy.Name, storm.Form.ToString().ToLowerInvariant(), policy, seed, f.GoodShare, 100 * f.GoodShare / storm.Possible,
                    double.IsFinite(f.Recovery) ? f.Recovery : "never", f.AttemptsPerCall, f.Refused, f.P99Before, f.P99Onset, f.P99During, f.P99After,
                    !strategy.IsOurs ? "" : failed.Count == 0 ? "hold" : string.Join("; ", failed)];
                for (; printed < lines.Length && lines[printed] is { } line; printed++)
                {
                    table.Line(line);
                }
            }
        });
        return broken == 0 ? 0 : 1;
    }
}
