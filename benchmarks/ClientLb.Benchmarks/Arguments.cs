using System.Diagnostics.CodeAnalysis;

namespace ClientLb.Benchmarks;

/// <summary>What the command line asks for.</summary>
/// <param name="Suites">The suites, in order.</param>
/// <param name="Json">Where the JSON goes, or none.</param>
/// <param name="IsQuick">True for a run that shows only that everything works.</param>
internal sealed record Arguments(IReadOnlyList<string> Suites, string? Json, bool IsQuick)
{
    public const string Usage = """
        Usage: ClientLb.Benchmarks <suite> [--json FILE] [--quick]
          pick      a pick alone; pick, lease and report
          handler   whole HTTP clients over a handler in memory
          update    one changed endpoint, from the list to the published snapshot
          all       all of them
          --json    writes an array of { suite, name, n, threads, ns, least, bytes, ratio }
          --quick   few repetitions: shows that it works, measures little
        """;

    private static readonly string[] All = ["pick", "handler", "update"];

    public static bool TryParse(string[] args, [NotNullWhen(true)] out Arguments? parsed, [NotNullWhen(false)] out string? error)
    {
        parsed = null;
        error = null;
        string? suite = null, json = null;
        var isQuick = false;
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--quick":
                    isQuick = true;
                    break;
                case "--json" when i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal):
                    json = args[++i];
                    break;
                case "--json":
                    error = "--json needs the name of a file.";
                    return false;
                case var name when suite is null && (name == "all" || All.Contains(name)):
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

        parsed = new Arguments(suite == "all" ? All : [suite], json, isQuick);
        return true;
    }
}
