namespace ClientLb.Simulation.Clocks;

/// <summary>Time that goes on when somebody says so, from any thread. Its timers never fire.</summary>
internal sealed class ManualTime : TimeProvider
{
    private long _now = TimeSpan.TicksPerDay;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => Silent.Instance;

    public void Advance(long ticks) => Interlocked.Add(ref _now, ticks);

    private sealed class Silent : ITimer
    {
        public static Silent Instance { get; } = new();

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
