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
        table.AddColumn("scenario");
        foreach (var title in new[] { "calls", "failed", "attempts", "p50", "before", "p99", "longest", "shunned", "to bad", "back" })
        {
            table.AddColumn(new TableColumn(title).RightAligned());
        }

        table.AddColumn("kept");
        foreach (var r in results)
        {
            table.AddRow(
                r.Scenario,
                Number(r.Calls),
                $"[{(r.Failed == 0 ? "green" : "red")}]{r.Failed}[/]",
                Number(r.Attempts),
                Number(r.P50),
                Number(r.P99Before),
                Number(r.P99),
                Number(r.Max),
                r.ShunnedAfter is { } after ? Number(after) : "-",
                r.AttemptsToBad is { } bad ? Number(bad) : "-",
                r.BackAfter is { } back ? Number(back) : "-",
                r.Ok ? "[green]yes[/]" : "[red]no[/]");
        }

        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated($"""
            [grey]p50, p99 and the longest call in ms. before: p99 before the fault; p99: from 2 s after it began, and at most {Promises.MostP99} times as
            much. shunned: s from the fault to the last attempt at its victim that was no probation. to bad: attempts at it after 3 s, probation
            included. back: s until the victim had its share back, from when it listened again (kill) or first answered.[/]
            """);
        foreach (var r in results.Where(static r => !r.IsP99Judged))
        {
            AnsiConsole.MarkupLineInterpolated(
                $"[yellow]{r.Scenario}[/]: p99 is not judged, the machine was too busy: the load itself was {r.LatenessP99} ms late at its p99");
        }

        foreach (var r in results)
        {
            foreach (var missed in r.Missed)
            {
                AnsiConsole.MarkupLine($"[red]{r.Scenario}[/]: {Markup.Escape(missed)}");
            }
        }
    }

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
