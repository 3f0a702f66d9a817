using ClientLb.Endpoints;

namespace ClientLb.Consul;

/// <summary>Failures in a row: how long to wait after each, and whether the next query goes to the leader.</summary>
internal sealed class ConsulAttempts(ConsulOptions options, bool allowStale, int agents, IRandomSource random)
{
    /// <summary>
    /// The first ones need no pause: each further agent is tried once, and a stale read is repeated once, because while a leader is lost an
    /// agent sends about half of them to the server that is gone.
    /// </summary>
    private readonly int _atOnce = Math.Max(agents - 1, allowStale ? 1 : 0);

    public int Failures { get; private set; }

    /// <summary>Stale reads fall back to the leader at every third attempt: one of the two ways may be the one that works.</summary>
    public bool Stale => allowStale && Failures % 3 != 2;

    public void Succeeded() => Failures = 0;

    /// <summary>Counts a failure and says how long to wait: between half of the full pause and all of it.</summary>
    public TimeSpan Failed()
    {
        Failures++;
        var paused = Failures - _atOnce;
        if (paused <= 0)
        {
            return TimeSpan.Zero;
        }

        var full = Math.Min(options.BackoffCap.Ticks, options.BackoffBase.Ticks * Math.Pow(2, Math.Min(paused - 1, 30)));
        return TimeSpan.FromTicks((long)(full * (0.5 + (0.5 * random.NextDouble()))));
    }
}
