using ClientLb.Endpoints;

namespace ClientLb.Samples.Failover.Load;

/// <summary>
/// Tells the noise of the machine from the latency of calls. The load generator only sleeps and calls: when it is late, the machine has stood still
/// for everybody, the backends included. Calls made about then say nothing of the balancer and are left out of the 99th percentiles.
/// </summary>
internal static class Disturbance
{
    private const long TooLate = 5 * TimeSpan.TicksPerMillisecond;
    private const long About = MonotonicClock.TicksPerSecond / 10;

    /// <summary>The calls that were made more than 0.1 s before or after any that was more than 5 ms late.</summary>
    public static List<CallRecord> Without(IEnumerable<CallRecord> calls)
    {
        var ordered = calls.OrderBy(static c => c.StartedAt).ToList();
        var late = ordered.FindAll(static c => c.Lateness > TooLate);
        var next = 0;
        return ordered.FindAll(call =>
        {
            while (next < late.Count && late[next].StartedAt < call.StartedAt - About)
            {
                next++;
            }

            return next == late.Count || late[next].StartedAt > call.StartedAt + About;
        });
    }
}
