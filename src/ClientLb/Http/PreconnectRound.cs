namespace ClientLb.Http;

/// <summary>Connections that are being opened ahead of calls. None of them gets on before the requests that asked for them are gone.</summary>
internal sealed class PreconnectRound(int count)
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _underWay = count;
    private int _left = count;

    /// <summary>Ends when all of them are under way.</summary>
    public Task Arrived => _arrived.Task;

    /// <summary>Ends when all of them stand, or have failed.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Lets the connections go on.</summary>
    public void Open() => _opened.TrySetResult();

    /// <summary>One of them wants to get on.</summary>
    /// <returns>Ends when it may.</returns>
    public Task ArriveAsync()
    {
        if (Interlocked.Decrement(ref _underWay) == 0)
        {
            _arrived.TrySetResult();
        }

        return _opened.Task;
    }

    /// <summary>One of them stands, or has failed.</summary>
    public void NoteEnd()
    {
        if (Interlocked.Decrement(ref _left) <= 0)
        {
            _ended.TrySetResult();
        }
    }
}
