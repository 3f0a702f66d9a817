using System.Globalization;

namespace ClientLb.Samples.Failover.Display;

/// <summary>Plain lines, for logs and pipes: one a second, and one for everything that happens.</summary>
internal sealed class LineDisplay : IDisplay
{
    public async Task ShowAsync(RunMonitor monitor, Func<Task> play)
    {
        Say($"{monitor.Fault.Name}: {monitor.Fault.Story} (registry: {monitor.Registry})");
        var playing = play();
        var told = 0;
        var looks = 0;
        while (true)
        {
            var isOver = await Task.WhenAny(playing, Task.Delay(200)) == playing;
            foreach (var entry in monitor.Journal.Entries.Skip(told))
            {
                told++;
                Say($"{monitor.SecondsAt(entry.At),6:F1} s  {(entry.IsDeed ? ">>" : "  ")} {entry.Text}");
            }

            if (isOver)
            {
                break;
            }

            if (++looks % 5 == 0)
            {
                Say(Describe(monitor));
            }
        }

        await playing;
    }

    private static string Describe(RunMonitor monitor) => string.Create(CultureInfo.InvariantCulture,
        $"{monitor.Seconds,6:F1} s  {monitor.Times.Phase,-8} calls {monitor.Load.Calls.Count}, failed {monitor.Failed}, retries {monitor.Meter.Retries}")
        + string.Concat(monitor.Rows().Select(static row => " | " + Describe(row)));

    private static string Describe(EndpointRow row) => string.Create(CultureInfo.InvariantCulture,
        $"{row.Name} {row.Rate}/s {(row.P50 is null ? "" : $"{row.P50:F1} ms ")}{row.Health}");

    private static void Say(string line) => Console.WriteLine(line);
}
