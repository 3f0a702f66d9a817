using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ClientLb.Benchmarks.Measuring;

/// <summary>
/// The processor time of the calling thread. What other processes do on a busy machine is not in it, apart from the caches that they empty.
/// Where the system has no such clock, the wall clock.
/// </summary>
internal static class ThreadClock
{
    private const int ThreadCpuTime = 3;

    /// <summary>True where it is processor time.</summary>
    public static bool IsProcessorTime { get; } = OperatingSystem.IsLinux();

    /// <summary>Nanoseconds since some moment.</summary>
    public static long Nanoseconds
    {
        get
        {
            if (!IsProcessorTime)
            {
                return (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));
            }

            _ = GetTime(ThreadCpuTime, out var time);
            return ((long)time.Seconds * 1_000_000_000) + time.Nanoseconds;
        }
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
