using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Clusters;

/// <summary>
/// What part of its weight a new or returning endpoint has: max(minimum, (age / window)^(1 / aggression)), as in Envoy. Its age counts from
/// its birth, or from its return to health.
/// </summary>
internal static class SlowStart
{
    // Steps of a tenth of the weight are small enough; more publications would not be seen in the shares.
    private const int StepsPerWindow = 10;
    private static readonly long s_shortestStep = TimeSpan.FromMilliseconds(100).Ticks;

    /// <summary>The part of the weight, from the minimum to 1.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="options">The settings; a window of 0 is off.</param>
    /// <param name="firstListAt">Whoever was born by then was there from the start and is not new.</param>
    /// <param name="now">The present, in ticks.</param>
    /// <param name="until">When it has its whole weight; unchanged where it has.</param>
    public static double Factor(Endpoint endpoint, SlowStartOptions options, long firstListAt, long now, ref long until)
    {
        var window = options.Window.Ticks;
        if (window == 0)
        {
            return 1;
        }

        var born = endpoint.BornAt > firstListAt ? endpoint.BornAt : long.MinValue;
        var status = endpoint.Health.Status;
        var since = Math.Max(born, status is { State: HealthState.Healthy, Since: > 0, IsAcquitted: false } ? status.Since : long.MinValue);
        if (since == long.MinValue || now - since >= window)
        {
            return 1;
        }

        until = Math.Max(until, since + window);
        return Math.Max(options.Minimum, Math.Pow(Math.Max(0, now - since) / (double)window, 1 / options.Aggression));
    }

    /// <summary>Whether the weights of a snapshot are to be taken anew.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="publishedAt">When it was published, in ticks.</param>
    /// <param name="now">The present, in ticks.</param>
    public static bool IsDue(ClusterSnapshot snapshot, long publishedAt, long now) =>
        snapshot.StartingUntil != 0
        && (now >= snapshot.StartingUntil || now - publishedAt >= Math.Max(s_shortestStep, snapshot.Options.LoadBalancing.SlowStart.Window.Ticks / StepsPerWindow));
}
