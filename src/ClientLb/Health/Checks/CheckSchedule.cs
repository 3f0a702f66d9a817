using ClientLb.Endpoints;

namespace ClientLb.Health.Checks;

/// <summary>
/// Which endpoint is checked when, and the timer for it. Three queues by due time: the ordinary checks, each with its place in the interval, so that they stay spread
/// over it; and the hurried ones, which wait for no pace: of endpoints that have come, and of those that fail or have just failed. Newcomers have their own, since
/// places are kept free for them that the others do not get.
/// </summary>
/// <remarks>Guarded by its checker's lock, but for what the timer calls.</remarks>
internal sealed class CheckSchedule(MonotonicClock clock, IRandomSource random, CheckGate gate, Action turn) : IDisposable
{
    /// <summary>
    /// The least time between two turns, in ticks. What a turn starts, threads of the pool carry on; each looks about for more work afterwards, which costs as much as a check:
    /// the fewer turns, the less of that. With 20 ms, a thousand checks a second cost 1.3 times as much.
    /// </summary>
    public const long TurnGap = 50 * TimeSpan.TicksPerMillisecond;


    private readonly CheckQueue _ordinary = new();
    private readonly CheckQueue _newcomers = new();
    private readonly CheckQueue _hurried = new();
    private readonly CheckPace _pace = new();
    private CheckTimes _times = new(new HealthCheckOptions(), random);
    private ITimer? _timer;
    private long _turnAt = long.MinValue / 2;
    private long _wakeAt = long.MaxValue;
    private bool _isDisposed;

    /// <summary>Begins anew, with nobody to check.</summary>
    public void Clear(HealthCheckOptions options)
    {
        _ordinary.Clear();
        _newcomers.Clear();
        _hurried.Clear();

        // A timer that finds the checks switched off leaves this as it is.
        _wakeAt = long.MaxValue;
        _times = new CheckTimes(options, random);
    }

    /// <summary>How many there are now: the pace follows.</summary>
    public void SetCount(int endpoints, TimeSpan interval) => _pace.Set(endpoints, interval, clock.Now);

    /// <summary>One of the first list gets its place in the interval that begins now.</summary>
    public void AddFirst(CheckPlan plan, int index, int count)
    {
        plan.Due = plan.Base = _times.Place(clock.Now, index, count);
        _ordinary.Put(plan);
    }

    /// <summary>One to be checked at once.</summary>
    public void AddNow(CheckPlan plan)
    {
        plan.IsHurried = true;
        plan.Due = clock.Now;
        _times.Count(1);
        Hurried(plan).Put(plan);
    }

    public void Drop(CheckPlan plan)
    {
        plan.IsDropped = true;
        _times.Count(plan.IsHurried ? -1 : 0);
    }

    /// <summary>Says when a plan that was just carried out, or has just had news, is due again.</summary>
    public void Again(CheckPlan plan, bool hurries, long startedAt)
    {
        if (hurries)
        {
            _times.Hurry(plan, startedAt, clock.Now);
            Hurried(plan).Put(plan);
        }
        else
        {
            _times.Settle(plan, startedAt, clock.Now);
            _ordinary.Put(plan);
        }
    }

    /// <summary>Takes what is due and may go: each has a place among the checks in flight and is marked as running.</summary>
    public List<CheckPlan>? TakeDue()
    {
        List<CheckPlan>? due = null;
        var now = clock.Now;
        _wakeAt = long.MaxValue;
        _turnAt = now;
        _pace.MoveTo(now);
        TakeDue(_newcomers, hurried: true, now, ref due);
        TakeDue(_hurried, hurried: true, now, ref due);
        TakeDue(_ordinary, hurried: false, now, ref due);
        return due;
    }

    /// <summary>Sets the timer to what is due next.</summary>
    public void Wake()
    {
        var next = long.MaxValue;
        if (_newcomers.TryPeek(hurried: true, out var plan))
        {
            next = plan.Due;
        }

        if (_hurried.TryPeek(hurried: true, out plan))
        {
            next = Math.Min(next, plan.Due);
        }

        if (_ordinary.TryPeek(hurried: false, out plan))
        {
            next = Math.Min(next, Math.Max(plan.Due, _pace.NextAt));
        }

        if (next == long.MaxValue)
        {
            return;
        }

        next = Math.Max(next, _turnAt + TurnGap);
        if (next < _wakeAt && !_isDisposed)
        {
            // Whole milliseconds and rounded up: a timer that comes too early would come again at once.
            _wakeAt = next;
            var wait = Math.Ceiling(Math.Max(0, next - clock.Now) / (double)TimeSpan.TicksPerMillisecond);
            Timer().Change(TimeSpan.FromMilliseconds(wait), Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        _timer?.Dispose();
    }

    private void TakeDue(CheckQueue queue, bool hurried, long now, ref List<CheckPlan>? due)
    {
        while (queue.TryPeek(hurried, out var plan) && plan.Due <= now)
        {
            if (IsLeftAlone(plan.Endpoint))
            {
                // Not checked, but looked at again soon: it may come back from maintenance.
                queue.Take();
                plan.Due = now + _times.Hurried;
                queue.Put(plan);
                continue;
            }

            var isRecheck = hurried && !IsNewcomer(plan);
            if ((!hurried && !_pace.TryTake()) || !gate.TryEnter(isRecheck))
            {
                return;
            }

            queue.Take();
            plan.IsRunning = true;
            (due ??= []).Add(plan);
        }
    }

    private CheckQueue Hurried(CheckPlan plan) => IsNewcomer(plan) ? _newcomers : _hurried;

    private static bool IsNewcomer(CheckPlan plan) => plan.Endpoint.Health.Check.State == CheckState.Pending;

    private static bool IsLeftAlone(Endpoint endpoint) =>
        endpoint.Descriptor.IsDraining || endpoint.Load.IsRetired || endpoint.Health.Order is { Kind: ManualOrderKind.Drain };

    /// <summary>Made when it is first needed: most clusters have no active checks.</summary>
    private ITimer Timer()
    {
        if (_timer is null)
        {
            using (ExecutionContext.SuppressFlow())
            {
                _timer = clock.TimeProvider.CreateTimer(static state => ((Action)state!)(), turn, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        return _timer;
    }
}
