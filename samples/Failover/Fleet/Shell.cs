using System.Diagnostics;

namespace ClientLb.Samples.Failover.Fleet;

/// <summary>
/// A small shell script that lives until its standard input ends, so what it does at its end happens even when this process is killed.
/// </summary>
internal sealed class Shell : IAsyncDisposable
{
    // Ctrl+C reaches the whole process group: the script must outlive it to clean up. And a shell tells of jobs that were killed.
    private const string Preamble = "exec 2>/dev/null; trap '' INT; ";

    private readonly Process _process;

    private Shell(Process process) => _process = process;

    /// <summary>Runs a command; the end of the script ends it with SIGKILL.</summary>
    public static Shell Leash(string command, params string[] arguments) =>
        new(Start(Preamble + "\"$@\" </dev/null >/dev/null 2>&1 & pid=$!; read _; kill -KILL $pid; wait $pid", [command, .. arguments]));

    /// <summary>Freezes a process; the end of the script thaws it.</summary>
    public static Shell Freeze(int process) => new(Start(Preamble + $"kill -STOP {process}; read _; kill -CONT {process}", []));

    /// <summary>Asks a process to end.</summary>
    public static async Task TerminateAsync(int process)
    {
        await using var shell = new Shell(Start($"kill -TERM {process}", []));
    }

    /// <summary>Ends the script and waits for what it does at its end.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static Process Start(string script, string[] arguments) => Process.Start(
        new ProcessStartInfo("/bin/sh", ["-c", script, "sh", .. arguments]) { RedirectStandardInput = true, UseShellExecute = false })!;
}
