using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>What only a signal can do to a process.</summary>
internal static class ProcessSignals
{
    private const int Terminate = 15;
    private const int Continue = 18;
    private const int Stop = 19;

    /// <summary>It runs no more, but its kernel still accepts connections.</summary>
    public static void Freeze(Process process) => Send(process, Stop);

    public static void Thaw(Process process) => Send(process, Continue);

    /// <summary>Asks it to end.</summary>
    public static void AskToEnd(Process process) => Send(process, Terminate);

    private static void Send(Process process, int signal) => Assert.Equal(0, Kill(process.Id, signal));

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
