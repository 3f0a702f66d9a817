using ClientLb.Calls;

namespace ClientLb.Http;

/// <summary>How long a read of a body may wait for a byte. One for all bodies of a client.</summary>
internal sealed class BodyTimeout
{
    private readonly long _ticks;

    private BodyTimeout(TimeoutWheel wheel, TimeSpan limit)
    {
        Wheel = wheel;
        Limit = limit;
        _ticks = limit.Ticks;
        wheel.EnsureResolution(limit);
    }

    /// <summary>Where its clocks come from.</summary>
    public TimeoutWheel Wheel { get; }

    /// <summary>The longest wait.</summary>
    public TimeSpan Limit { get; }

    /// <summary>A limit on the wait, or <see langword="null"/> for an infinite one.</summary>
    public static BodyTimeout? Of(TimeoutWheel wheel, TimeSpan limit) =>
        limit == Timeout.InfiniteTimeSpan ? null : new BodyTimeout(wheel, limit);

    /// <summary>A read waits from now on.</summary>
    public void Start(AttemptClock clock, CancellationToken caller)
    {
        var now = Wheel.Clock.Now;
        clock.Start(now, now + _ticks, StopCause.BodyIdle, abandonable: null, caller);
    }
}
