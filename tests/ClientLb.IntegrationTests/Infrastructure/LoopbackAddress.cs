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
        Assert.InRange(number, 1, 1000);

        // A thousand for each process: four blocks of 250, of which 10,000 follow each other.
        var block = (Environment.ProcessId % 10_000 * 4) + ((number - 1) / 250);
        return $"127.{20 + (block / 200)}.{block % 200}.{1 + ((number - 1) % 250)}";
    }
}
