using System.Collections.Concurrent;
using ClientLb.Endpoints;

namespace ClientLb.Calls;

/// <summary>
/// The timeouts of a process: one timer that looks at every attempt in flight, some twenty times a second. Arming a timeout is
/// one write, disarming one exchange; no timer is created per call.
/// </summary>
/// <remarks>
/// Deadlines are kept to within one <see cref="Resolution"/> (50 ms; an eighth of the shortest timeout configured, at least 5 ms).
/// When nothing has been in flight for a while the timer slows down to one look a second, and the next attempt wakes it.
/// </remarks>
internal sealed class TimeoutWheel : IDisposable
{
    private static readonly TimeSpan MaxResolution = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MinResolution = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan SlowTick = TimeSpan.FromSeconds(1);
    private const int IdleTicksBeforeSlow = 100;

    [ThreadStatic]
    private static SpareOfThread? t_spare;

    private readonly ConcurrentStack<AttemptClock> _spares = new();
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private volatile AttemptClock?[] _all = new AttemptClock?[64];
    private int _count;
    private long _resolutionTicks = MaxResolution.Ticks;
    private volatile bool _isSlow;
    private int _armed;
    private int _idleTicks;

    // In virtual time no timer is late, and the time between two of a test's steps is none of this process's.
    private readonly bool _isReal;
    private long _dueAt;
    private volatile bool _disposed;

    public TimeoutWheel(MonotonicClock clock)
    {
        Clock = clock;
        _isReal = ReferenceEquals(clock.TimeProvider, TimeProvider.System);
        _timer = NewTimer(MaxResolution);
    }

    /// <summary>The clock of all deadlines.</summary>
    public MonotonicClock Clock { get; }

    /// <summary>How closely deadlines are kept.</summary>
    public TimeSpan Resolution => TimeSpan.FromTicks(Volatile.Read(ref _resolutionTicks));

    /// <summary>Makes the resolution fit the shortest timeout in use.</summary>
    public void EnsureResolution(TimeSpan shortestTimeout)
    {
        var wanted = Math.Clamp(shortestTimeout.Ticks / 8, MinResolution.Ticks, MaxResolution.Ticks);
        lock (_gate)
        {
            if (wanted < _resolutionTicks)
            {
                _resolutionTicks = wanted;
                SetTick(Resolution);
            }
        }
    }

    /// <summary>How many clocks it looks at, in use or spare.</summary>
    public int Clocks => Volatile.Read(ref _count);

    /// <summary>Takes a clock out of the pool.</summary>
    public AttemptClock Rent()
    {
        var mine = t_spare;
        if (mine?.Clock is { } spare && ReferenceEquals(spare.Wheel, this))
        {
            mine.Clock = null;
            return spare;
        }

        return _spares.TryPop(out var other) ? other : Add(new AttemptClock(this));
    }

    /// <summary>Puts a clock back.</summary>
    public void Return(AttemptClock clock)
    {
        var mine = t_spare ??= new SpareOfThread();
        if (mine.Clock is null)
        {
            mine.Clock = clock;
        }
        else
        {
            _spares.Push(clock);
        }
    }

    /// <summary>Drops a clock that somebody else may still touch.</summary>
    public void Discard(AttemptClock clock)
    {
        lock (_gate)
        {
            var index = Array.IndexOf(_all, clock, 0, _count);
            if (index >= 0)
            {
                _all[index] = _all[--_count];
                _all[_count] = null;
            }
        }
    }

    /// <summary>An attempt has been armed.</summary>
    public void NoteArmed()
    {
        // Two reads that nearly always find what they expect: all processors share this line. A wake that is missed in the same instant costs at most one slow tick.
        if (_armed == 0)
        {
            _armed = 1;
        }

        if (_isSlow)
        {
            Wake();
        }
    }

    /// <summary>
    /// Ends with the last attempt that is still in flight: without its deadline that might never end. What is armed later, as at the next read of a body that is held, begins anew.
    /// </summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            EndUnlessArmed();
        }
    }

    /// <summary>One look at everything in flight.</summary>
    internal void Tick()
    {
        var now = Clock.Now;
        if (_isReal)
        {
            // Of two looks at once, after a pause, the second finds itself early.
            var nextAt = now + (_isSlow ? SlowTick : Resolution).Ticks;
            Clock.Pauses.Note(Interlocked.Exchange(ref _dueAt, nextAt), now, nextAt);
        }

        var all = _all;
        var count = Math.Min(Volatile.Read(ref _count), all.Length);
        for (var i = 0; i < count; i++)
        {
            Volatile.Read(ref all[i])?.Check(now);
        }

        var busy = Interlocked.Exchange(ref _armed, 0) != 0 || AnyArmed(all, count);
        if (_disposed && !busy)
        {
            lock (_gate)
            {
                EndUnlessArmed();
            }

            return;
        }

        _idleTicks = busy ? 0 : _idleTicks + 1;
        if (_idleTicks == IdleTicksBeforeSlow)
        {
            lock (_gate)
            {
                _isSlow = true;
                SetTick(SlowTick);
            }
        }
    }

    private static bool AnyArmed(AttemptClock?[] all, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (Volatile.Read(ref all[i])?.IsArmed == true)
            {
                return true;
            }
        }

        return false;
    }

    private void Wake()
    {
        lock (_gate)
        {
            if (_isSlow)
            {
                _isSlow = false;
                _idleTicks = 0;
                _timer ??= NewTimer(Resolution);
                SetTick(Resolution);
            }
        }
    }

    private void SetTick(TimeSpan tick)
    {
        if (_timer is { } timer)
        {
            Volatile.Write(ref _dueAt, Clock.Now + tick.Ticks);
            timer.Change(tick, tick);
        }
    }

    private ITimer NewTimer(TimeSpan tick)
    {
        // Within a call that arms it: none of its values may be held by the timer.
        var isSuppressed = ExecutionContext.IsFlowSuppressed();
        var flow = isSuppressed ? default : ExecutionContext.SuppressFlow();
        try
        {
            return Clock.TimeProvider.CreateTimer(static state => ((TimeoutWheel)state!).Tick(), this, tick, tick);
        }
        finally
        {
            if (!isSuppressed)
            {
                flow.Undo();
            }
        }
    }

    /// <summary>Disposed, and under the lock: the timer ends, unless something is in flight.</summary>
    private void EndUnlessArmed()
    {
        if (_timer is not { } timer)
        {
            return;
        }

        // Slow is what it is from now on: whoever arms after this wakes it, and waits for the lock. Who has armed before is seen here, since the barrier is one for all
        // processors: arming itself has none.
        _isSlow = true;
        Interlocked.MemoryBarrierProcessWide();
        if (AnyArmed(_all, _count))
        {
            _isSlow = false;
            SetTick(Resolution);
            return;
        }

        _timer = null;
        timer.Dispose();
    }

    private AttemptClock Add(AttemptClock clock)
    {
        lock (_gate)
        {
            if (_count == _all.Length)
            {
                var larger = new AttemptClock?[_all.Length * 2];
                Array.Copy(_all, larger, _count);
                _all = larger;
            }

            _all[_count] = clock;
            Volatile.Write(ref _count, _count + 1);
        }

        return clock;
    }

    /// <summary>
    /// A thread's own spare clock. When the thread has gone it goes back to all: its wheel would look at it for ever, and one more with each thread that ends.
    /// </summary>
    private sealed class SpareOfThread
    {
        public AttemptClock? Clock;

        ~SpareOfThread()
        {
            if (Clock is { } clock)
            {
                clock.Wheel._spares.Push(clock);
            }
        }
    }
}
