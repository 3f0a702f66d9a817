using System.Diagnostics;
using System.Globalization;

namespace ClientLb.Benchmarks.Suites;

/// <summary>A server of a suite: this program in a process of its own, so that the client's processor time is the client's alone.</summary>
internal sealed class OwnServer : IDisposable
{
    private readonly Process _process;

    private OwnServer(Process process, int port) => (_process, Port) = (process, port);

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Starts it and waits until it says its port.</summary>
    /// <param name="command">Which server.</param>
    public static async Task<OwnServer> StartAsync(string command)
    {
        // Where dotnet runs this program, its assembly is the first argument.
        var executable = Environment.ProcessPath!;
        string[] program = Path.GetFileNameWithoutExtension(executable) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        var process = Process.Start(new ProcessStartInfo(executable, [.. program, command]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            var port = await process.StandardOutput.ReadLineAsync().ConfigureAwait(false);
            return new(process, int.Parse(port ?? throw new InvalidOperationException($"The server '{command}' ended before it said where it listens."), CultureInfo.InvariantCulture));
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>Sends an empty line; the line that it answers.</summary>
    public async Task<string> AskAsync()
    {
        await _process.StandardInput.WriteLineAsync().ConfigureAwait(false);
        await _process.StandardInput.FlushAsync().ConfigureAwait(false);
        return await _process.StandardOutput.ReadLineAsync().ConfigureAwait(false) ?? throw new InvalidOperationException("The server has ended.");
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
