using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Outages;

/// <summary>
/// The world's time as the library reads it. Whatever timer the library makes (a loop's, a wheel's, the wait of a retry, the delay of a hedge) fires as an
/// event of the world.
/// </summary>
internal sealed class VirtualTime(World world) : TimeProvider
{
    // The library takes 0 for "never".
    private const long Start = TimeSpan.TicksPerDay;

    private readonly List<VirtualTimer?> _timers = [];
    private readonly Stack<int> _free = new();
    private int _version;
    private double _phase = 1;
    private Action? _after;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Start + (long)(world.Now * TimeSpan.TicksPerSecond);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(GetTimestamp());

    /// <summary>What holds for the timers that are made from now on.</summary>
    /// <param name="phase">The share of the first wait that is waited: processes do not start at the same moment.</param>
    /// <param name="after">What is done after each time that one has fired.</param>
    public void Arrange(double phase = 1, Action? after = null) => (_phase, _after) = (phase, after);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (!_free.TryPop(out var place))
        {
            place = _timers.Count;
            _timers.Add(null);
        }

        var timer = new VirtualTimer(this, place, callback, state, _after);
        _timers[place] = timer;
        timer.Change(dueTime == Timeout.InfiniteTimeSpan ? dueTime : dueTime * _phase, period);
        return timer;
    }

    /// <summary>Fires a timer, unless it has been changed since the event was planned.</summary>
    public void Fire(int timer, int version) => _timers[timer]?.Fire(version);

    /// <summary>Plans an event.</summary>
    /// <returns>The version of the plan: no other one has it.</returns>
    public int Plan(int timer, double seconds)
    {
        world.Events.Add(world.Now + seconds, EventKind.Timer, timer, ++_version);
        return _version;
    }

    public void Forget(int timer)
    {
        _timers[timer] = null;
        _free.Push(timer);
    }
}
