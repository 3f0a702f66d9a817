namespace ClientLb.Calls;

/// <summary>
/// Until when the work that is being done now is waited for: calls that are made meanwhile take no longer, and pass on to their servers what is left. In a server with
/// <c>UseClientLb()</c> (package <c>ClientLb.AspNetCore</c>) it is there while a request is served whose caller has named a deadline; elsewhere, for example while a message
/// of a queue is worked on, <see cref="Begin"/> makes one.
/// </summary>
/// <remarks>
/// It flows with the execution context, so also into tasks that the work leaves behind: from <see cref="Dispose"/> on it holds nobody any more. As long as no deadline was ever
/// begun in a process, a call pays one look at a flag for it.
/// </remarks>
public sealed class CallDeadline : IDisposable
{
    private static readonly AsyncLocal<CallDeadline?> s_current = new();
    private static volatile bool s_isUsed;

    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly TimeSpan _left;
    private readonly CallDeadline? _outer;
    private volatile bool _isOver;

    private CallDeadline(TimeSpan left, TimeProvider time, CallDeadline? outer)
    {
        _time = time;
        _start = time.GetTimestamp();
        _left = outer is not null && outer.Remaining < left ? outer.Remaining : left;
        _outer = outer;
    }

    /// <summary>The deadline of the work that is being done now; <see langword="null"/> where it has none.</summary>
    public static CallDeadline? Current
    {
        get
        {
            if (!s_isUsed)
            {
                return null;
            }

            var current = s_current.Value;
            while (current is { _isOver: true })
            {
                current = current._outer;
            }

            return current;
        }
    }

    /// <summary>The time that is left; zero when it has passed, never negative.</summary>
    public TimeSpan Remaining
    {
        get
        {
            var left = _left - _time.GetElapsedTime(_start);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Work begins that is waited for so long. Inside of other such work the shorter time counts.</summary>
    /// <param name="left">The time; zero or less: it has passed.</param>
    /// <param name="timeProvider">Whose time; <see langword="null"/> means the system's.</param>
    /// <returns>Dispose it when the work has ended, in the method that has begun it.</returns>
    public static CallDeadline Begin(TimeSpan left, TimeProvider? timeProvider = null)
    {
        var deadline = new CallDeadline(left, timeProvider ?? TimeProvider.System, Current);
        s_isUsed = true;
        s_current.Value = deadline;
        return deadline;
    }

    /// <summary>The work has ended: calls of tasks that it left behind are no longer bound.</summary>
    public void Dispose()
    {
        _isOver = true;
        if (ReferenceEquals(s_current.Value, this))
        {
            s_current.Value = _outer;
        }
    }
}
