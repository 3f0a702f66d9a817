using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>
/// What endpoints answer, and what they have shown that they can: the successes of each, second by second, and the most of them in the last minutes. Driven by the
/// cluster's loop.
/// </summary>
internal sealed class CapacityWatch
{
    private const double HalfLife = 300;

    private long _lookedAt;

    public void Look(ReadOnlySpan<Endpoint> endpoints, long now)
    {
        var seconds = (now - _lookedAt) / (double)MonotonicClock.TicksPerSecond;
        if (seconds < 1)
        {
            return;
        }

        var isFirst = _lookedAt == 0;
        _lookedAt = now;
        var keep = Math.Pow(0.5, seconds / HalfLife);
        foreach (var endpoint in endpoints)
        {
            endpoint.Health.CountRate(endpoint.Load.Successes, isFirst ? 0 : seconds, keep);
        }
    }
}
