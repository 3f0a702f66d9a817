using System.Text.Json;
using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Output;

/// <summary>The rows as a table and as JSON, and the matrix of 43 cells as geometric means of its groups.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Print(TextWriter writer, IReadOnlyList<Row> rows)
    {
        var table = new Table(writer, [("size", 4), ("scenario", 11), ("dist", 11), ("queue", 5), ("util", 4), ("policy", PolicyWidth(rows)), ("seed", 4),
            ("p50", 7), ("p99", 8), ("p99.9", 8), ("p99/b", 7), ("p99.9/b", 7), ("error%", 7), ("max/mean", 8), ("requests", 9), ("seconds", 7)]);
        table.Title();
        foreach (var row in rows)
        {
            var outcome = row.Outcome;
            table.Line(row.Size, row.Scenario, row.Distribution, row.Queue, row.Util, row.Policy, row.Seed, outcome.P50, outcome.P99, outcome.P999,
                outcome.P99 / row.Bound.P99, outcome.P999 / row.Bound.P999, outcome.Errors, outcome.MaxOverMean, outcome.Requests, outcome.Cost.TotalSeconds);
        }
    }

    /// <summary>Each group's cells, p99 as a multiple of the bound, and the geometric means of all figures as multiples of the bounds.</summary>
    public static void PrintMatrix(TextWriter writer, IReadOnlyList<Row> rows)
    {
        var policies = rows.Select(static row => row.Policy).Distinct().ToList();
        var width = PolicyWidth(rows);
        writer.WriteLine("p99 as a multiple of the bound (geometric mean of the seeds)");
        var cells = new Table(writer, [("cell", 34), .. policies.Select(policy => (policy, Math.Max(9, policy.Length)))]);
        cells.Title();
        foreach (var cell in rows.GroupBy(static row => row.Cell with { Seed = 0 }))
        {
            cells.Line([Name(cell.First()), .. policies.Select(policy =>
                (object)GeometricMean(cell.Where(row => row.Policy == policy), static row => row.Outcome.P99 / row.Bound.P99))]);
        }

        foreach (var (name, group) in Matrix.Groups.Append(("All cells", Matrix.Cells)))
        {
            writer.WriteLine();
            writer.WriteLine(FormattableString.Invariant($"{name} ({group.Count} cells): geometric means of the multiples of the bounds"));
            var means = new Table(writer, [("policy", width), ("p50", 8), ("p99", 8), ("p99.9", 8), ("slowdown p99", 12)]);
            means.Title();
            var wanted = group.ToHashSet();
            foreach (var policy in policies)
            {
                var its = rows.Where(row => row.Policy == policy && wanted.Contains(Matrix.Plain(row.Cell))).ToList();
                means.Line(
                    policy,
                    GeometricMean(its, static row => row.Outcome.P50 / row.Bound.P50),
                    GeometricMean(its, static row => row.Outcome.P99 / row.Bound.P99),
                    GeometricMean(its, static row => row.Outcome.P999 / row.Bound.P999),
                    GeometricMean(its, static row => row.Outcome.Slowdown / row.Bound.Slowdown));
            }
        }
    }

    public static void Write(IReadOnlyList<Row> rows, string file)
    {
        using var stream = File.Create(file);
        JsonSerializer.Serialize(stream, rows, Indented);
    }

    public static double GeometricMean(IEnumerable<Row> rows, Func<Row, double> figure) => Math.Exp(rows.Average(row => Math.Log(figure(row))));

    private static string Name(Row row) => FormattableString.Invariant($"{row.Size} {row.Scenario} {row.Distribution} {row.Queue} {100 * row.Util:0} %");

    private static int PolicyWidth(IReadOnlyList<Row> rows) => Math.Max(6, rows.Max(static row => row.Policy.Length));
}
