using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Dispatch;

/// <summary>
/// The world's time as the library reads it. Its timers are those of the clusters' loops, in the order of the clients, and fire as events.
/// Their first time is spread over the clients: processes do not start at the same moment.
/// </summary>
internal sealed class LoopTime(World world) : TimeProvider
{
    // The library takes 0 for "never".
    private const long Start = TimeSpan.TicksPerDay;

    private readonly List<LoopTimer> _timers = [];

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Start + (long)(world.Now * TimeSpan.TicksPerSecond);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LoopTimer(world, _timers.Count, callback, state);
        _timers.Add(timer);
        timer.Change(dueTime * _timers.Count / world.Cell.Size.Clients, period);
        return timer;
    }

    /// <summary>Fires a timer, unless it has been changed since the event was planned.</summary>
    /// <returns>True when it has fired.</returns>
    public bool TryFire(int client, int version) => _timers[client].TryFire(version);
}
