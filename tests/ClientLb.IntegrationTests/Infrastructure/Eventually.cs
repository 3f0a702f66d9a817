using System.Diagnostics;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>Waits by looking again and again: real servers have no virtual time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until <paramref name="look"/> says yes; failures on the way count as no.</summary>
    /// <returns>How long it took.</returns>
    public static async Task<TimeSpan> IsTrueAsync(Func<Task<bool>> look, TimeSpan limit, string what)
    {
        var clock = Stopwatch.StartNew();
        Exception? last = null;
        while (clock.Elapsed < limit)
        {
            try
            {
                if (await look())
                {
                    return clock.Elapsed;
                }
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
            {
                last = e;
            }

            await Task.Delay(s_pause);
        }

        throw new TimeoutException($"Not within {limit.TotalSeconds} s: {what}. {last?.Message}");
    }
}
