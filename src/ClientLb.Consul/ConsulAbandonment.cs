using ClientLb.Endpoints;

namespace ClientLb.Consul;

/// <summary>
/// How many held queries may be given up: an agent keeps the connection of each until its wait is over, and 200 of them lock this machine
/// out. A bucket that fills again in the time of one wait.
/// </summary>
internal sealed class ConsulAbandonment(MonotonicClock clock, TimeSpan wait)
{
    public const int Capacity = 50;

    private readonly Lock _lock = new();
    private double _left = Capacity;
    private long _filledAt = clock.Now;

    public bool TryTake()
    {
        lock (_lock)
        {
            var now = clock.Now;
            _left = Math.Min(Capacity, _left + (Capacity * (double)(now - _filledAt) / wait.Ticks));
            _filledAt = now;
            if (_left < 1)
            {
                return false;
            }

            _left--;
            return true;
        }
    }
}
