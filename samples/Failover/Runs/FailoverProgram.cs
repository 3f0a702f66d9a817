using System.Runtime.InteropServices;
using System.Text.Json;
using ClientLb.Samples.Failover.CommandLine;
using ClientLb.Samples.Failover.Display;
using Spectre.Console;

namespace ClientLb.Samples.Failover.Runs;

/// <summary>Runs the scenarios one after the other and says what came of them.</summary>
internal static class FailoverProgram
{
    private const int Kept = 0;
    private const int Missed = 1;
    private const int Interrupted = 130;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public static async Task<int> RunAsync(FailoverOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        var display = Displays.Choose();
        var results = new List<ScenarioResult>();
        try
        {
            foreach (var scenario in options.Scenarios)
            {
                if (scenario.NeedsSignals && OperatingSystem.IsWindows())
                {
                    AnsiConsole.WriteLine($"{scenario.Name}: left out, Windows can't freeze a process by a signal.");
                    continue;
                }

                results.Add(await new ScenarioRun(scenario, options, display).RunAsync(stop.Token));
                await WriteAsync(options, results);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            AnsiConsole.WriteLine("Interrupted.");
            return Interrupted;
        }
        catch (Exception e) when (e is InvalidOperationException or HttpRequestException or TimeoutException)
        {
            Console.Error.WriteLine(e.Message);
            return Missed;
        }

        Summary.Write(results);
        return results.TrueForAll(static r => r.Ok) ? Kept : Missed;

        void Stop(PosixSignalContext context)
        {
            // The children are ended in the ordinary way first.
            context.Cancel = true;
            stop.Cancel();
        }
    }

    private static async Task WriteAsync(FailoverOptions options, List<ScenarioResult> results)
    {
        if (options.JsonFile is not null)
        {
            await File.WriteAllTextAsync(options.JsonFile, JsonSerializer.Serialize(results, Json) + Environment.NewLine);
        }
    }
}
