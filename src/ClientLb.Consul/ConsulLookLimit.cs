using ClientLb.Endpoints;

namespace ClientLb.Consul;

/// <summary>Keeps the looks that callers ask for apart: a cluster whose every endpoint fails asks all the time. For one loop.</summary>
internal sealed class ConsulLookLimit(MonotonicClock clock)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    private long? _lookedAt;

    public bool TryTake()
    {
        if (clock.Now - _lookedAt < s_interval.Ticks)
        {
            return false;
        }

        _lookedAt = clock.Now;
        return true;
    }
}
