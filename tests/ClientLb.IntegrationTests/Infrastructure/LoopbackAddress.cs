namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>
/// Hands out addresses of 127/8, each once in this process and apart from those of other processes, so that servers keep their default ports
/// and tests run in parallel.
/// </summary>
internal static class LoopbackAddress
{
    private static int s_last;

    public static string Next()
    {
        var number = Interlocked.Increment(ref s_last);
        Assert.InRange(number, 1, 250);
        var process = Environment.ProcessId;
        return $"127.{20 + (process / 250 % 200)}.{process % 250}.{number}";
    }
}
