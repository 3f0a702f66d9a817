using System.Globalization;
using Spectre.Console;

namespace ClientLb.Samples.Failover.Display;

/// <summary>A table that lives, where the terminal allows it.</summary>
internal sealed class TableDisplay : IDisplay
{
    private const int Lines = 8;

    public Task ShowAsync(RunMonitor monitor, Func<Task> play) => AnsiConsole.Live(Render(monitor)).StartAsync(async live =>
    {
        var playing = play();
        while (await Task.WhenAny(playing, Task.Delay(250)) != playing)
        {
            live.UpdateTarget(Render(monitor));
        }

        live.UpdateTarget(Render(monitor));
        await playing;
    });

    private static Rows Render(RunMonitor monitor)
    {
        var failed = monitor.Failed;
        var phase = monitor.Times.Phase == "fault" ? "[red]fault[/]" : $"[green]{monitor.Times.Phase}[/]";
        return new Rows(
            new Markup($"[bold]{monitor.Fault.Name}[/]: {Markup.Escape(monitor.Fault.Story)} [grey](registry: {monitor.Registry})[/]"),
            new Markup(string.Create(CultureInfo.InvariantCulture,
                $"{monitor.Seconds:F0} s, {phase}   calls [bold]{monitor.Load.Calls.Count}[/]   "
                + $"failed [{(failed > 0 ? "red" : "green")} bold]{failed}[/]   retries {monitor.Meter.Retries}")),
            Backends(monitor),
            News(monitor));
    }

    private static Table Backends(RunMonitor monitor)
    {
        var table = new Table { Border = TableBorder.Rounded, Expand = true };
        foreach (var text in new[] { "backend", "address" })
        {
            table.AddColumn(text);
        }

        foreach (var number in new[] { "per s", "p50 ms", "p99 ms", "in flight" })
        {
            table.AddColumn(new TableColumn(number).RightAligned());
        }

        table.AddColumn("health").AddColumn("why");

        foreach (var row in monitor.Rows())
        {
            var colour = row.Health switch
            {
                "healthy" => "green",
                "probation" => "yellow",
                "leaving" => "grey",
                _ => "red",
            };
            table.AddRow(
                row.Name,
                row.Address,
                Number(row.Rate, "F0"),
                Number(row.P50, "F1"),
                Number(row.P99, "F1"),
                Number(row.InFlight, "F0"),
                $"[{colour}]{row.Health}[/]",
                Markup.Escape(row.Why));
        }

        return table;
    }

    private static Rows News(RunMonitor monitor) => new(monitor.Journal.Entries.TakeLast(Lines).Select(entry =>
    {
        var text = Markup.Escape(entry.Text);
        return new Markup(string.Create(
            CultureInfo.InvariantCulture, $"[grey]{monitor.SecondsAt(entry.At),6:F1} s[/] {(entry.IsDeed ? $"[bold]{text}[/]" : text)}"));
    }));

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "[grey]-[/]";
}
