namespace ClientLb.Endpoints;

/// <summary>The health of an endpoint: its status as one value, and the counts that the detectors need.</summary>
public sealed class EndpointHealth
{
    private readonly Endpoint _endpoint;
    private volatile HealthStatus _status = HealthStatus.Healthy;
    private volatile CheckStatus _check = CheckStatus.Unknown;
    private volatile ManualOrder? _order;
    private readonly OutcomeTotals _totals = new();
    private volatile FailureWindow _window;
    private volatile FailureWindow? _slowCalls;
    private long _restUntil;
    private long _probationUntil;
    private long _waitedOnProbation;
    private long _abandonBefore;
    private long _cutBefore;
    private long _preventedUntil;
    private long _sparedUntil;
    private long[]? _observedUntil;
    private long _counted;
    private int _wantsWitness;
    private int _holds;

    internal EndpointHealth(Endpoint endpoint)
    {
        _endpoint = endpoint;
        _window = new FailureWindow(TimeSpan.FromSeconds(30), endpoint, _totals);
    }

    /// <summary>The status now.</summary>
    public HealthStatus Status => _status;

    /// <summary>What its active checks say.</summary>
    public CheckStatus Check
    {
        get => _check;
        internal set => _check = value;
    }

    /// <summary>What somebody has ordered for it; <see langword="null"/> where nobody has.</summary>
    public ManualOrder? Order
    {
        get => _order;
        internal set => _order = value;
    }

    /// <summary>True while it should get less traffic: its checks or its source say that it is degraded.</summary>
    public bool IsDegraded => _check.State == CheckState.Degraded || _endpoint.Descriptor.IsDegraded;

    /// <summary>Successes a second, as last seen.</summary>
    internal double SuccessRate { get; private set; }

    /// <summary>The most successes a second that were seen lately: older ones fade by half in five minutes.</summary>
    internal double ShownRate { get; private set; }

    /// <summary>Failures since the last success.</summary>
    public int ConsecutiveFailures => Volatile.Read(ref _endpoint.Hot.FailuresInARow);

    /// <summary>Until when it has asked to be left alone, in ticks of <see cref="MonotonicClock"/>; 0 where it has not.</summary>
    public long RestUntil => Volatile.Read(ref _restUntil);

    /// <summary>Its outcomes of the last 30 s, or what the outlier detection's window is.</summary>
    public FailureWindow Window => _window;

    /// <summary>Attempts that were started before this moment and may be repeated are given up: the endpoint is stalled.</summary>
    internal long AbandonBefore
    {
        get => Volatile.Read(ref _abandonBefore);
        set => Volatile.Write(ref _abandonBefore, value);
    }

    /// <summary>Attempts and bodies of before this moment are cut off: the endpoint drained, and its time was over.</summary>
    internal long CutBefore
    {
        get => Volatile.Read(ref _cutBefore);
        set => Volatile.Write(ref _cutBefore, value);
    }

    /// <summary>
    /// One attempt waits in silence while others answer: a second one, from a call that may be repeated, tells a slow call from a silent endpoint.
    /// </summary>
    internal bool WantsWitness
    {
        get => Volatile.Read(ref _wantsWitness) != 0;
        set => Volatile.Write(ref _wantsWitness, value ? 1 : 0);
    }

    /// <summary>True while somebody makes it ready for its first calls: not eligible unless no other is.</summary>
    internal bool IsHeld => Volatile.Read(ref _holds) > 0;

    /// <summary>Keeps the endpoint back until <see cref="EndHold"/>.</summary>
    internal void Hold() => Interlocked.Increment(ref _holds);

    internal void EndHold() => Interlocked.Decrement(ref _holds);

    /// <summary>Takes the place of the witness: one call gets it.</summary>
    internal bool TryBeWitness() => Interlocked.Exchange(ref _wantsWitness, 0) != 0;

    /// <summary>Replaces the status if it is still the expected one: whoever loses the race looks again.</summary>
    internal bool TryMove(HealthStatus from, HealthStatus to) => Interlocked.CompareExchange(ref _status, to, from) == from;

    internal int AddFailure() => Interlocked.Increment(ref _endpoint.Hot.FailuresInARow);

    internal void ClearFailures()
    {
        // Read first: on the happy path nothing is written.
        if (Volatile.Read(ref _endpoint.Hot.FailuresInARow) != 0)
        {
            Volatile.Write(ref _endpoint.Hot.FailuresInARow, 0);
        }
    }

    /// <summary>Leaves room for no failure: the next one reaches the threshold.</summary>
    internal void FailOnNext(int threshold) => Volatile.Write(ref _endpoint.Hot.FailuresInARow, Math.Max(0, threshold - 1));

    internal void RestTo(long until)
    {
        if (until > Volatile.Read(ref _restUntil))
        {
            Volatile.Write(ref _restUntil, until);
        }
    }

    internal void EndRest() => Volatile.Write(ref _restUntil, 0);

    /// <summary>Brings the door to what is known now. Under the health machine's lock.</summary>
    internal void SetDoor()
    {
        var status = _status;
        var isOut = status.State != HealthState.Healthy;
        _endpoint.Load.SetExcluded(hard: _order is not null || (isOut && status.IsHard), soft: isOut ? !status.IsHard : RestUntil != 0);
    }

    /// <summary>Takes the one slot of a probation. A slot that was not given back in time is free again.</summary>
    internal bool TryTakeProbation(long now, long until)
    {
        var slot = Volatile.Read(ref _probationUntil);
        return slot <= now && Interlocked.CompareExchange(ref _probationUntil, until, slot) == slot;
    }

    internal void FreeProbation()
    {
        _waitedOnProbation = 0;
        Volatile.Write(ref _probationUntil, 0);
    }

    /// <summary>Keeps the slot of the probation taken, though nobody holds it.</summary>
    internal void HoldProbation(long until) => Volatile.Write(ref _probationUntil, until);

    /// <summary>Adds the time of an attempt on probation that was given up. Under the health machine's lock.</summary>
    /// <returns>For how long this probation has been waited for an answer, in ticks.</returns>
    internal long AddProbationWait(long ticks) => _waitedOnProbation += ticks;

    /// <summary>True while an attempt holds the slot of the probation.</summary>
    internal bool IsProbationTaken(long now) => Volatile.Read(ref _probationUntil) > now;

    /// <summary>Counts over another length from now on, from nothing.</summary>
    internal void SetWindow(TimeSpan length)
    {
        if (_window.Length != length)
        {
            // The slot of the present is the same one, and what it holds has the numbers of the old window.
            _window = new FailureWindow(length, _endpoint, _totals);
            _window.Clear();
            _slowCalls = null;
        }
    }

    /// <summary>Counts an answer with a 4xx that was no failure.</summary>
    internal void AddClientError() => _totals.AddClientError();

    /// <summary>What has come since the last time. Called by the cluster's loop.</summary>
    internal OutcomeCounts CloseInterval()
    {
        var (total, failures) = _window.ReadTotals();
        return _totals.Close(total, failures);
    }

    /// <summary>Counts an attempt that took longer than it may. Kept apart, and only where there are any.</summary>
    /// <returns>How many there were in the window.</returns>
    internal int AddSlowCall(long now)
    {
        var window = _slowCalls;
        if (window is null)
        {
            var fresh = new FailureWindow(_window.Length);
            window = Interlocked.CompareExchange(ref _slowCalls, fresh, null) ?? fresh;
        }

        window.Add(now, isFailure: true);
        return window.Read(now).Total;
    }

    /// <summary>How many attempts of the window took longer than they may.</summary>
    internal int SlowCalls(long now) => _slowCalls?.Read(now).Total ?? 0;

    /// <summary>An endpoint that comes back starts with a clean slate: what led to its ejection must not lead to the next one.</summary>
    /// <param name="wasSlow">Whether it was its latency that took it out.</param>
    internal void ForgetOutcomes(bool wasSlow)
    {
        _window.Clear();
        _slowCalls?.Clear();
        CloseInterval();
        if (wasSlow)
        {
            _endpoint.Latencies.FadeOut();
        }
    }

    /// <summary>True once in every window: an ejection that a guard prevents is prevented at each failure, but said once.</summary>
    internal bool MaySayPrevented(long now)
    {
        if (now < _preventedUntil)
        {
            return false;
        }

        _preventedUntil = now + _window.Length.Ticks;
        return true;
    }

    /// <summary>False for a while after soft evidence came to nothing.</summary>
    internal bool MayBeSuspected(long now) => now >= Volatile.Read(ref _sparedUntil);

    internal void Spare(long until) => Volatile.Write(ref _sparedUntil, until);

    /// <summary>False for a while after a detector that only observes has found something: others are not bound by that.</summary>
    internal bool MayBeObserved(int detector, long now) => Volatile.Read(ref _observedUntil) is not { } until || now >= Volatile.Read(ref until[detector]);

    internal void Observed(int detector, int detectors, long until)
    {
        var all = Volatile.Read(ref _observedUntil);
        if (all is null)
        {
            var fresh = new long[detectors];
            all = Interlocked.CompareExchange(ref _observedUntil, fresh, null) ?? fresh;
        }

        Volatile.Write(ref all[detector], until);
    }

    /// <summary>Takes the rate of successes since the last time. Called by the cluster's loop.</summary>
    /// <param name="successes">All successes so far.</param>
    /// <param name="seconds">The time since then; 0 where there is none.</param>
    /// <param name="keep">What remains of the rate that was shown before.</param>
    internal void CountRate(long successes, double seconds, double keep)
    {
        SuccessRate = seconds > 0 ? Math.Max(0, successes - _counted) / seconds : 0;
        ShownRate = Math.Max(SuccessRate, ShownRate * keep);
        _counted = successes;
    }
}
