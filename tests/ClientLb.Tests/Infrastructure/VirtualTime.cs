namespace ClientLb.Tests.Infrastructure;

/// <summary>Time that moves when it is told to and fires its timers as it does, one after another, on the thread that moves it.</summary>
internal sealed class VirtualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<VirtualTimer> _timers = [];
    private readonly List<(Func<TimeSpan, bool> Wanted, TaskCompletionSource<TimeSpan> Seen)> _waiting = [];
    private long _now = TimeSpan.FromDays(1).Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Every wait that was asked for, in order: one-shot timers only.</summary>
    public List<TimeSpan> Waits { get; } = [];

    /// <summary>How many timers are alive.</summary>
    public int TimerCount
    {
        get
        {
            lock (_gate)
            {
                return _timers.Count;
            }
        }
    }

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state);
        lock (_gate)
        {
            _timers.Add(timer);
        }

        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>The next one-shot timer that fits: how a test learns that somebody has begun to wait.</summary>
    public Task<TimeSpan> NextWaitAsync(Func<TimeSpan, bool> wanted)
    {
        lock (_gate)
        {
            var seen = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((wanted, seen));
            return seen.Task;
        }
    }

    public void Advance(double seconds) => Advance(TimeSpan.FromSeconds(seconds));

    public void Advance(TimeSpan by)
    {
        var end = GetTimestamp() + by.Ticks;
        while (true)
        {
            VirtualTimer? next;
            lock (_gate)
            {
                next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
                Volatile.Write(ref _now, Math.Max(_now, next?.Due ?? end));
                next?.MoveOn();
            }

            if (next is null)
            {
                return;
            }

            // Without a context continuations run here and now, so that what follows from a timer has happened when this returns.
            var context = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(null);
            try
            {
                next.Fire();
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(context);
            }
        }
    }

    /// <summary>The clock goes on and no timer fires: where threads are short, timers are late.</summary>
    public void Stall(double seconds) => Interlocked.Add(ref _now, TimeSpan.FromSeconds(seconds).Ticks);

    private void Note(TimeSpan due)
    {
        Waits.Add(due);
        foreach (var waiting in _waiting.FindAll(waiting => waiting.Wanted(due)))
        {
            _waiting.Remove(waiting);
            waiting.Seen.SetResult(due);
        }
    }

    private sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public long Due { get; private set; } = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : time._now + dueTime.Ticks;
                _period = period;
                if (Due != long.MaxValue && (period == Timeout.InfiniteTimeSpan || period == TimeSpan.Zero))
                {
                    time.Note(dueTime);
                }

                return time._timers.Contains(this);
            }
        }

        public void MoveOn() => Due = _period == Timeout.InfiniteTimeSpan || _period == TimeSpan.Zero ? long.MaxValue : Due + _period.Ticks;

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
