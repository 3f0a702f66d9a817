using ClientLb.Endpoints;

namespace ClientLb.Calls;

/// <summary>
/// How long the first attempts of one client's calls to one cluster take, and from that when a call is hedged. An attempt that was given up counts with the time that it
/// had: left out, the percentile would sink with every hedge, until all calls are hedged.
/// </summary>
internal sealed class RouteLatency
{
    /// <summary>The delay while too little is known.</summary>
    public const long Never = long.MaxValue;

    // What a look at the percentile costs (some 100 ns) is shared by so many calls; what has faded is half gone.
    private const int SamplesPerLook = 16;
    private static readonly long s_fadeTicks = 10 * MonotonicClock.TicksPerSecond;

    private readonly LatencyHistogram _histogram = new();
    private long _delay = Never;
    private long _fadedAt;
    private int _sinceLook;

    /// <summary>After how long a call is hedged, in ticks.</summary>
    public long DelayOf(HedgingPlan plan) => plan.Percentile > 0 ? Volatile.Read(ref _delay) : plan.DelayTicks;

    /// <summary>A first attempt took so long, or at least so long.</summary>
    public void Add(HedgingPlan plan, long ticks, long now)
    {
        if (plan.Percentile <= 0)
        {
            return;
        }

        // Plain counts, as in the histogram: of two threads one may be lost.
        _histogram.Add(ticks);
        if (++_sinceLook >= SamplesPerLook || (Volatile.Read(ref _delay) == Never && _histogram.Samples >= plan.MinSamples))
        {
            _sinceLook = 0;
            Look(plan, now);
        }
    }

    private void Look(HedgingPlan plan, long now)
    {
        // By time, so that a busy route knows the last seconds; but never below what the percentile needs, so that a quiet one knows anything.
        var fadedAt = Volatile.Read(ref _fadedAt);
        if (now - fadedAt >= s_fadeTicks && Interlocked.CompareExchange(ref _fadedAt, now, fadedAt) == fadedAt && _histogram.Samples >= 2 * plan.MinSamples)
        {
            _histogram.Fade();
        }

        if (_histogram.Samples >= plan.MinSamples)
        {
            // Timers drop what is less than a millisecond: rounded down it would hedge more calls than was asked for.
            var ticks = _histogram.Percentile(plan.Percentile) + TimeSpan.TicksPerMillisecond - 1;
            Volatile.Write(ref _delay, ticks - (ticks % TimeSpan.TicksPerMillisecond));
        }
    }
}
