using ClientLb.Endpoints;

namespace ClientLb.Health.Checks;

/// <summary>
/// Keeps the ordinary checks of a cluster from coming in a crowd, after a pause of the process or by chance: at most 1.3 times their mean rate, and what one turn's
/// time of that (at least four checks) allows at once. So with many endpoints no 100 ms see more than 1.95 times the mean.
/// </summary>
internal sealed class CheckPace
{
    private const double Factor = 1.3;
    private const double LeastBurst = 4;

    private double _perTick;
    private double _burst = LeastBurst;
    private double _left = LeastBurst;
    private long _at;

    /// <summary>Puts another mean rate in force.</summary>
    public void Set(int endpoints, TimeSpan interval, long now)
    {
        MoveTo(now);
        _perTick = Factor * endpoints / interval.Ticks;
        _burst = Math.Max(LeastBurst, _perTick * CheckSchedule.TurnGap);
        _left = Math.Min(_left, _burst);
    }

    /// <summary>Time has come to this moment.</summary>
    public void MoveTo(long now)
    {
        _left = Math.Min(_burst, _left + ((now - _at) * _perTick));
        _at = now;
    }

    public bool TryTake()
    {
        if (_left < 1)
        {
            return false;
        }

        _left--;
        return true;
    }

    /// <summary>When the next one may go, in ticks of <see cref="MonotonicClock"/>.</summary>
    public long NextAt => _left >= 1 || _perTick == 0 ? _at : _at + (long)Math.Ceiling((1 - _left) / _perTick);
}
