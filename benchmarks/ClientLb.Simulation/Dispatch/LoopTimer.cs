using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Dispatch;

/// <summary>A timer in virtual time.</summary>
internal sealed class LoopTimer(World world, int client, TimerCallback callback, object? state) : ITimer
{
    private double _period;
    private int _version;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _version++;
        _period = period.TotalSeconds;
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            Plan(dueTime.TotalSeconds);
        }

        return true;
    }

    public bool TryFire(int version)
    {
        if (version != _version)
        {
            return false;
        }

        if (_period > 0)
        {
            Plan(_period);
        }

        callback(state);
        return true;
    }

    public void Dispose() => _version++;

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    private void Plan(double seconds) => world.Events.Add(world.Now + seconds, EventKind.LoopTurn, client, _version);
}
