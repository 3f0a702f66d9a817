namespace ClientLb.Tests.Discovery;

/// <summary>Time that passes when a test says so. A test waits for a timer to be set, then jumps: nothing sleeps.</summary>
internal sealed class VirtualTime : TimeProvider
{
    private static readonly TimeSpan s_realLimit = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private readonly List<VirtualTimer> _timers = [];
    private TaskCompletionSource _timerSet = NewSource();

    public TimeSpan Elapsed { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Elapsed.Ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Elapsed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves on, and rings on the way what is due, in its order.</summary>
    public void Advance(TimeSpan by)
    {
        var end = Elapsed + by;
        while (true)
        {
            VirtualTimer? due;
            lock (_lock)
            {
                due = _timers.Where(t => t.Due <= end).MinBy(static t => t.Due);
                Elapsed = due?.Due > Elapsed ? due.Due : due is null ? end : Elapsed;
                if (due is null)
                {
                    return;
                }

                _timers.Remove(due);
            }

            due.Ring();
        }
    }

    /// <summary>Waits until a timer is set that is due in a time between the two.</summary>
    /// <returns>In which time it is due.</returns>
    public async Task<TimeSpan> TimerAsync(TimeSpan atLeast, TimeSpan atMost, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Task set;
            lock (_lock)
            {
                foreach (var due in _timers.Select(t => t.Due - Elapsed))
                {
                    if (due >= atLeast && due <= atMost)
                    {
                        return due;
                    }
                }

                set = _timerSet.Task;
            }

            await set.WaitAsync(s_realLimit, cancellationToken);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Set(VirtualTimer timer)
    {
        lock (_lock)
        {
            _timers.Add(timer);
            _timerSet.TrySetResult();
            _timerSet = NewSource();
        }
    }

    private void Remove(VirtualTimer timer)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
        }
    }

    private sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public TimeSpan Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time.Remove(this);
            _period = period;
            if (dueTime >= TimeSpan.Zero)
            {
                Due = time.Elapsed + dueTime;
                time.Set(this);
            }

            return true;
        }

        public void Ring()
        {
            if (_period > TimeSpan.Zero)
            {
                Due += _period;
                time.Set(this);
            }

            callback(state);
        }

        public void Dispose() => time.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
