using System.Diagnostics.CodeAnalysis;
using ClientLb.Affinity;
using ClientLb.Endpoints;

namespace ClientLb.Calls;

/// <summary>
/// What can stop one attempt: its deadline, the caller, a stalled endpoint, one whose time to drain is over. Pooled: an attempt rents one from its
/// <see cref="TimeoutWheel"/>, arms it with one write and gives it back.
/// </summary>
/// <remarks>
/// <code>
///   idle --Start--> armed --Finish--> idle (the source is reset and used again)
///                     |
///                     +--(deadline, caller, stall, drain)--> stopped --Finish--> idle with a new source
/// </code>
/// The one word <c>_armed</c> decides every race: whoever exchanges it first wins. It is the deadline with a number in its low bits, by which one arming differs from the next:
/// whoever has seen a deadline, and comes late, does not stop another attempt that has the same one.
/// </remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "The source has no timer and is pooled: there is nothing to dispose of.")]
internal sealed class AttemptClock
{
    /// <summary>The status with which a server says that the time is over.</summary>
    public const int GatewayTimeout = 504;

    // No deadline: those are not negative.
    private const long Idle = long.MinValue;
    private const long Stopped = long.MinValue + 1;

    // 25.6 µs, by which a deadline may come early: no wheel looks so often.
    private const long Turns = 0xFF;

    // Clocks of two machines, and timers that fire within their last millisecond.
    private const long Leniency = 5 * TimeSpan.TicksPerMillisecond;

    private readonly TimeoutWheel _wheel;
    private CancellationTokenSource _source = new();
    private CancellationTokenRegistration _caller;
    private long _armed = Idle;
    private long _turn;
    private long _startedAt;
    private long _allowed;
    private bool _isTold;
    private StopCause _deadlineCause;
    private volatile StopCause _cause;
    private Endpoint? _abandonable;

    public AttemptClock(TimeoutWheel wheel) => _wheel = wheel;

    /// <summary>The token of the attempt: pass it to whatever sends.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Why it was stopped, if it was.</summary>
    public StopCause Cause => _cause;

    /// <summary>True between start and finish.</summary>
    public bool IsArmed => Armed != Idle;

    /// <summary>What is armed: another value each time.</summary>
    internal long Armed => Volatile.Read(ref _armed);

    /// <summary>
    /// The key of the attempt's call. It is kept here, read before <see cref="Finish"/>, and wanted again only after a failure: as a local across the wait
    /// it would make every waiting call larger.
    /// </summary>
    public CallKey Key { get; set; }

    /// <summary>Where the attempt is: set before <see cref="Start"/> where the end of a drain may stop it.</summary>
    public Endpoint? Endpoint { get; set; }

    /// <summary>The wheel that it belongs to.</summary>
    public TimeoutWheel Wheel => _wheel;

    /// <summary>Arms the clock.</summary>
    /// <param name="startedAt">When the attempt starts, in ticks.</param>
    /// <param name="deadline">When it must have ended, in ticks.</param>
    /// <param name="deadlineCause">Which clock that deadline belongs to.</param>
    /// <param name="abandonable">The endpoint whose stall may stop the attempt; <see langword="null"/> where that must not happen.</param>
    /// <param name="caller">The caller's token.</param>
    public void Start(long startedAt, long deadline, StopCause deadlineCause, Endpoint? abandonable, CancellationToken caller)
    {
        _startedAt = startedAt;
        _allowed = deadline - startedAt;
        _isTold = false;
        _deadlineCause = deadlineCause;
        _abandonable = abandonable;
        Volatile.Write(ref _armed, (deadline & ~Turns) | (++_turn & Turns));
        _wheel.NoteArmed();
        if (caller.CanBeCanceled)
        {
            _caller = caller.UnsafeRegister(static state => ((AttemptClock)state!).TryStop(StopCause.Caller), this);
        }
    }

    /// <summary>The ticks that the attempt may take, for its server: 0, which says nothing, unless the call has a deadline or the client tells always.</summary>
    public long Tell(CallPlan plan, CallTraits traits)
    {
        if (!plan.TellsAlways && (traits & CallTraits.HasDeadline) == 0)
        {
            return 0;
        }

        _isTold = true;
        return _allowed;
    }

    /// <summary>
    /// Ends the clock of an attempt that has failed. Where the server was told the time and says that it is over, when it is, the attempt ends as if our own wheel had come
    /// round before: the server has done what it was told, and must not be blamed.
    /// </summary>
    /// <returns>Why the attempt was stopped, if it was.</returns>
    public StopCause FinishFailed(in AttemptVerdict verdict)
    {
        var isDue = _isTold && verdict.StatusCode == GatewayTimeout && _wheel.Clock.Now - _startedAt >= _allowed - Leniency;
        var due = isDue ? _deadlineCause : StopCause.None;
        var cause = Finish(mayReuse: false);
        return cause == StopCause.None ? due : cause;
    }

    /// <summary>Ends the attempt and gives the clock back. The token must not be used afterwards.</summary>
    /// <param name="mayReuse">
    /// False where something may still hold the token: the source is then left to it, and a new one made. True only after a success
    /// whose request was fully sent.
    /// </param>
    /// <returns>Why the attempt was stopped, if it was.</returns>
    public StopCause Finish(bool mayReuse)
    {
        var stopped = Interlocked.Exchange(ref _armed, Idle) == Stopped;

        // A callback that already runs holds this clock: let it end with the old source, and never reuse that.
        var unregistered = _caller == default || _caller.Unregister();
        _caller = default;
        _abandonable = null;
        Endpoint = null;
        if (stopped)
        {
            // Whoever won the exchange writes the cause right after it.
            var spin = default(SpinWait);
            while (_cause == StopCause.None)
            {
                spin.SpinOnce();
            }
        }

        var cause = _cause;
        if (stopped || !unregistered || !mayReuse || !_source.TryReset())
        {
            _source = new CancellationTokenSource();
        }

        _cause = StopCause.None;
        if (stopped || !unregistered)
        {
            // The thread that stops it may not be done yet with this object.
            _wheel.Discard(this);
        }
        else
        {
            _wheel.Return(this);
        }

        return cause;
    }

    /// <summary>
    /// Stops the attempt because another one of its call has answered. Whoever calls this must know that it has not been finished: the next attempt
    /// that rents the clock would be stopped in its place.
    /// </summary>
    public void Overtake() => TryStop(StopCause.Overtaken);

    /// <summary>Called by the wheel: stops the attempt where it is due.</summary>
    public void Check(long now)
    {
        var armed = Armed;
        if (armed is Idle or Stopped)
        {
            return;
        }

        if ((armed & ~Turns) <= now)
        {
            TryStop(_deadlineCause, armed);
        }
        else if (_abandonable is { } endpoint && _startedAt < endpoint.Health.AbandonBefore)
        {
            TryStop(StopCause.Stalled, armed);
        }
        else if (Endpoint is { } drained && _startedAt < drained.Health.CutBefore)
        {
            TryStop(StopCause.Drained, armed);
        }
    }

    private void TryStop(StopCause cause)
    {
        var armed = Armed;
        while (armed is not (Idle or Stopped) && !TryStop(cause, armed))
        {
            armed = Armed;
        }
    }

    /// <summary>Stops the attempt that was armed when this was read, and no other.</summary>
    internal bool TryStop(StopCause cause, long armed)
    {
        // If the exchange succeeds nothing has been armed in between, and the source is that attempt's.
        var source = _source;
        if (Interlocked.CompareExchange(ref _armed, Stopped, armed) != armed)
        {
            return false;
        }

        _cause = cause;
        if (cause == StopCause.Caller)
        {
            source.Cancel();
        }
        else
        {
            // Continuations of the attempt must not run on the wheel's thread, where they would delay all other deadlines.
            _ = source.CancelAsync();
        }

        return true;
    }
}
