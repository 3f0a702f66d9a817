using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ClientLb.Benchmarks;

/// <summary>What the command line asks for.</summary>
/// <param name="Suites">The suites, in order.</param>
/// <param name="Json">Where the JSON goes, or none.</param>
/// <param name="Repetitions">How often each alternative is measured; 0 leaves it to the suite.</param>
/// <param name="Only">Measures only what has this text in its name, and the baseline.</param>
internal sealed record Arguments(IReadOnlyList<string> Suites, string? Json, int Repetitions, string Only)
{
    public const string Usage = """
        Usage: ClientLb.Benchmarks <suite> [--json FILE] [--only TEXT] [--repetitions N]
          pick      a pick alone; pick, lease and report
          health    what health and limits add to an attempt that succeeds
          hash      a pick by key; the tables of the hashing policies made anew
          handler   whole HTTP clients over a handler in memory
          update    one changed endpoint, from the list to the published snapshot
          decode    a list of Consul's, from its bytes to descriptors, against a bare JsonSerializer
          memory    the heap after thousands of Consul's lists
          checks    10,000 endpoints actively checked each 10 s; --repetitions: the seconds that are measured
          grpc      unary gRPC calls to Kestrel in another process, by a plain client and by balanced ones, over wall time; for a quiet machine
          all       all of them but checks and grpc
          --json    writes an array of { suite, name, n, threads, ns, least, bytes, ratio }
          --only    only what has this text in its name
          --repetitions   how often each is measured: 5 shows that it works, 1000 smooths a busy machine
        """;

    private static readonly string[] All = ["pick", "health", "hash", "handler", "update", "decode", "memory"];

    /// <summary>The repetitions that were asked for, or the suite's own number.</summary>
    public int RepetitionsOr(int usual) => Repetitions > 0 ? Repetitions : usual;

    public static bool TryParse(string[] args, [NotNullWhen(true)] out Arguments? parsed, [NotNullWhen(false)] out string? error)
    {
        parsed = null;
        error = null;
        string? suite = null, json = null;
        var only = "";
        var repetitions = 0;
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--json" or "--only" or "--repetitions" when i + 1 == args.Length || args[i + 1].StartsWith("--", StringComparison.Ordinal):
                    error = args[i] + " needs a value.";
                    return false;
                case "--repetitions" when int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out repetitions) && repetitions > 0:
                    i++;
                    break;
                case "--repetitions":
                    error = $"'{args[i + 1]}' is no number of repetitions.";
                    return false;
                case "--json":
                    json = args[++i];
                    break;
                case "--only":
                    only = args[++i];
                    break;
                case var name when suite is null && (name is "all" or "checks" or "grpc" || All.Contains(name)):
                    suite = name;
                    break;
                case var other:
                    error = suite is null || other.StartsWith('-') ? $"'{other}' is neither a suite nor an option." : $"One suite at a time: '{suite}' or '{other}'?";
                    return false;
            }
        }

        if (suite is null)
        {
            error = "Which suite?";
            return false;
        }

        if (json is not null && Path.GetDirectoryName(Path.GetFullPath(json)) is { } folder && !Directory.Exists(folder))
        {
            error = $"The folder of '{json}' does not exist.";
            return false;
        }

        parsed = new Arguments(suite == "all" ? All : [suite], json, repetitions, only);
        return true;
    }
}
