using System.Globalization;
using ClientLb.Samples.Failover.Runs;
using Spectre.Console;

namespace ClientLb.Samples.Failover.Display;

/// <summary>What came of the scenarios, in a table.</summary>
internal static class Summary
{
    public static void Write(IReadOnlyList<ScenarioResult> results)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (var title in new[] { "scenario", "registry", "calls", "failed", "attempts", "p50", "p99 before", "p99", "longest", "late p99", "shunned", "to bad", "promises" })
        {
            table.AddColumn(title);
        }

        foreach (var r in results)
        {
            table.AddRow(
                r.Scenario,
                r.Registry,
                Number(r.Calls),
                r.Failed == 0 ? "[green]0[/]" : $"[red]{r.Failed}[/]",
                Number(r.Attempts),
                Number(r.P50),
                Number(r.P99Before),
                Number(r.P99),
                Number(r.Max),
                Number(r.LatenessP99),
                r.ShunnedAfter is { } after ? Number(after) + " s" : "-",
                r.AttemptsToBad is { } bad ? Number(bad) : "-",
                r.Ok ? "[green]kept[/]" : "[red]missed[/]");
        }

        AnsiConsole.Write(table);
        AnsiConsole.MarkupLine(
            "[grey]Times in ms. p99: from 2 s after the fault began to the end; longest: over all. late p99: how late the load generator itself was. shunned: when the[/]");
        AnsiConsole.MarkupLine(string.Create(CultureInfo.InvariantCulture,
            $"[grey]victim got its last attempt that was no probation. to bad: attempts at it after 3 s. Allowed p99: {Promises.MostP99} times, or {Promises.P99Noise} ms more than, before.[/]"));
        foreach (var r in results)
        {
            foreach (var missed in r.Missed)
            {
                AnsiConsole.MarkupLine($"[red]{r.Scenario}[/]: {Markup.Escape(missed)}");
            }
        }
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
