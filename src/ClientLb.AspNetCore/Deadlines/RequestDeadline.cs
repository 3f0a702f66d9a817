namespace ClientLb.AspNetCore.Deadlines;

/// <summary>
/// The deadline of one request: a token that fires when it passes, or when the caller goes before. Not pooled, because a handler may keep the
/// token for longer than the request lives.
/// </summary>
internal sealed class RequestDeadline : IRequestDeadlineFeature, IDisposable
{
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly TimeSpan _left;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _gone;

    public RequestDeadline(TimeSpan left, TimeProvider time, CancellationToken caller)
    {
        _time = time;
        _start = time.GetTimestamp();
        _left = left;
        _caller = caller;
        Deadline = time.GetUtcNow() + left;

        // Timers count in milliseconds and drop the rest: rounded up, so that the token does not fire while time remains.
        _source = new CancellationTokenSource(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), time);
        _gone = caller.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _source);
        Token = _source.Token;
    }

    /// <inheritdoc />
    public DateTimeOffset Deadline { get; }

    /// <inheritdoc />
    public TimeSpan Remaining
    {
        get
        {
            var left = _left - _time.GetElapsedTime(_start);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Fires when the deadline passes or the caller goes.</summary>
    public CancellationToken Token { get; }

    /// <summary>
    /// Whether it has passed with the caller still there. The clock counts as much as the token: where threads are short the timer is late, and it is
    /// then that dropping matters.
    /// </summary>
    public bool HasPassed => !_caller.IsCancellationRequested && (Token.IsCancellationRequested || Remaining == TimeSpan.Zero);

    public void Dispose()
    {
        _gone.Dispose();
        _source.Dispose();
    }
}
