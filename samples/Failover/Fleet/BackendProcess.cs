using System.Diagnostics;
using System.Net;
using ClientLb.Samples.Failover.Backends;

namespace ClientLb.Samples.Failover.Fleet;

/// <summary>A backend as a process of the system: this very executable, started as a backend.</summary>
internal sealed class BackendProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly TaskCompletionSource<IPEndPoint> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _announced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="settings">What it is told.</param>
    /// <param name="heard">Is called with every line that it says.</param>
    public BackendProcess(BackendSettings settings, Action<string> heard)
    {
        _process = Process.Start(new ProcessStartInfo(OwnProgram.Executable, OwnProgram.With([.. settings.ToArguments()]))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        _process.OutputDataReceived += (_, e) =>
        {
            if (e.Data is { } line)
            {
                Hear(line);
                heard(line);
            }
        };
        _process.BeginOutputReadLine();
    }

    /// <summary>The id of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Waits until it listens.</summary>
    /// <returns>Where.</returns>
    public Task<IPEndPoint> ListeningAsync(CancellationToken cancellationToken) => _listening.Task.WaitAsync(Patience, cancellationToken);

    /// <summary>Waits until the registry knows it.</summary>
    public Task AnnouncedAsync(CancellationToken cancellationToken) => _announced.Task.WaitAsync(Patience, cancellationToken);

    /// <summary>Gives it an order.</summary>
    public void Tell(string command)
    {
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
    }

    /// <summary>SIGKILL: no good-bye.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and waits until it has withdrawn itself and ended.</summary>
    public async Task StopAsync()
    {
        if (OperatingSystem.IsWindows())
        {
            _process.StandardInput.Close();
        }
        else
        {
            await Shell.TerminateAsync(_process.Id);
        }

        await _process.WaitForExitAsync();
    }

    /// <summary>The end of its input tells it to end; the rest is force.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            try
            {
                _process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It has ended by itself.
            }

            await Task.WhenAny(_process.WaitForExitAsync(), Task.Delay(TimeSpan.FromSeconds(1.5)));
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Hear(string line)
    {
        if (line.Split(' ') is [var word, var address])
        {
            if (word == BackendReport.Listening)
            {
                _listening.TrySetResult(IPEndPoint.Parse(address));
            }
            else if (word == BackendReport.Beat)
            {
                _announced.TrySetResult();
            }
        }
    }
}
