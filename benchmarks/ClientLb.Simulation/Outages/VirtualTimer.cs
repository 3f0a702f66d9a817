namespace ClientLb.Simulation.Outages;

/// <summary>A timer in virtual time.</summary>
internal sealed class VirtualTimer(VirtualTime time, int place, TimerCallback callback, object? state, Action? after) : ITimer
{
    private const int Never = 0;

    private double _period;
    private int _version;
    private bool _isDisposed;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (_isDisposed)
        {
            return false;
        }

        _period = period.TotalSeconds;
        _version = dueTime == Timeout.InfiniteTimeSpan ? Never : time.Plan(place, dueTime.TotalSeconds);
        return true;
    }

    public void Fire(int version)
    {
        if (version != _version)
        {
            return;
        }

        _version = _period > 0 ? time.Plan(place, _period) : Never;
        callback(state);
        after?.Invoke();
    }

    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _version = Never;
            time.Forget(place);
        }
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }
}
