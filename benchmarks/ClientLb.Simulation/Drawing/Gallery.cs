using System.Globalization;
using ClientLb.Balancing;
using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Drawing;

/// <summary>The pictures that a file of rows gives: one for each scenario that is in it.</summary>
internal static class Gallery
{
    private const string Weighted = "weighted_";

    private static readonly (string Scenario, string Title, bool IsErrors)[] Pictures =
    [
        ("homog", "All servers healthy and equal", false),
        ("antag", "At any moment 10 % of the servers run at 20 % speed, other ones every 2 s", false),
        ("hetero", "10 % of the servers are three times slower", false),
        ("scaleout", "20 % more servers join, cold: 20 % speed, warm after 3 s", false),
        ("failfast", "2 % of the servers, at least one, answer errors at once during half of the run", true),
        ("hang", "2 % of the servers, at least one, freeze during half of the run", true),
    ];

    /// <summary>The scenarios that have a picture.</summary>
    public static IEnumerable<string> Scenarios => Pictures.Select(static picture => picture.Scenario);

    /// <summary>Of the rows those of lognormal work and shared processors at 70 %, which is the cell that all scenarios are compared in.</summary>
    public static IReadOnlyList<Chart> Of(IEnumerable<StoredRow> rows)
    {
        var plain = rows.Where(static row => row is { Distribution: "lognormal", Queue: "ps", Util: 0.7 }).ToList();
        return
        [
            .. from picture in Pictures
               let its = plain.Where(row => row.Scenario == picture.Scenario).ToList()
               where its.Count > 0
               select ChartOf(picture.Scenario, picture.Title, picture.IsErrors, its),
        ];
    }

    private static Chart ChartOf(string scenario, string title, bool isErrors, List<StoredRow> rows)
    {
        var sizes = Size.All.Where(size => rows.Exists(row => row.Size == size.Name)).ToList();
        var lines = rows.Select(static row => row.Policy).Distinct().Select(policy => new ChartLine(
            policy,
            policy == LoadBalancingPolicies.Default,
            [.. sizes.Select(size => ValueOf(rows.Where(row => row.Policy == policy && row.Size == size.Name).ToList(), isErrors))]));
        return new Chart(
            (isErrors ? "errors-" : "p99-") + scenario + ".svg",
            title,
            isErrors
                ? "Failed requests in %, without retries: shorter is better. Each panel has a scale of its own."
                : "p99 as a multiple of what full knowledge of all queues gives: shorter is better. Logarithmic scale, lines at 1, 10, 100.",
            isErrors ? Scale.Percentages : Scale.Multiples,
            [.. sizes.Select(static size => string.Create(CultureInfo.InvariantCulture, $"{size.Name}: {size.Clients} clients, {size.Servers} servers"))],
            [.. Merged([.. lines]).OrderBy(Order).ThenBy(static line => line.Label, StringComparer.Ordinal)]);
    }

    private static double? ValueOf(List<StoredRow> seeds, bool isErrors) => seeds.Count == 0
        ? null
        : isErrors
            ? seeds.Average(static row => row.Errors)
            : Math.Exp(seeds.Average(static row => Math.Log(row.P99 / row.BoundP99)));

    // The mean of the ratios; the summand lets policies without any error be compared.
    private static double Order(ChartLine line) => line.Values.OfType<double>().Average(static value => Math.Log(value + 1e-3));

    /// <summary>One class with two names does the same under both where all weights are equal: one line for them.</summary>
    private static IEnumerable<ChartLine> Merged(List<ChartLine> lines)
    {
        foreach (var line in lines)
        {
            if (Twin(lines, Weighted + line.Label, line) is not null)
            {
                yield return line with { Label = $"({Weighted}){line.Label}" };
            }
            else if (!line.Label.StartsWith(Weighted, StringComparison.Ordinal) || Twin(lines, line.Label[Weighted.Length..], line) is null)
            {
                yield return line;
            }
        }
    }

    private static ChartLine? Twin(List<ChartLine> lines, string label, ChartLine line) =>
        lines.Find(other => other.Label == label && other.Values.SequenceEqual(line.Values));
}
