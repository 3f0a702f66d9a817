using Microsoft.Extensions.Logging;

namespace ClientLb.Consul;

/// <summary>
/// Who may hold a query. Over HTTP/1.1 each takes a connection, and an agent gives 200 to all processes of a machine together: with more watches
/// than places they take turns in the order of their asking, each for so much less time that all are looked at within one wait.
/// </summary>
internal sealed class ConsulTurns(int places, TimeSpan wait, ILogger logger)
{
    /// <summary>Less would be polling in a hurry.</summary>
    public static readonly TimeSpan LeastWait = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _line = new();
    private int _watches;
    private int _held;
    private bool _isUnlimited;
    private bool _isSaid;

    /// <summary>How long a query may be held now.</summary>
    public TimeSpan Wait
    {
        get
        {
            lock (_lock)
            {
                var share = _isUnlimited || _watches <= places ? wait : wait * places / _watches;
                return share > LeastWait ? share : wait < LeastWait ? wait : LeastWait;
            }
        }
    }

    /// <summary>How many stand in the line.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _line.Count;
            }
        }
    }

    /// <summary>Counts a watch.</summary>
    public void Join()
    {
        lock (_lock)
        {
            _watches++;
        }
    }

    /// <summary>Counts a watch no longer.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _watches--;
        }
    }

    /// <summary>Tells what the connections are: over HTTP/2 one carries all queries, and there is nothing to wait for.</summary>
    public void SetUnlimited(bool isUnlimited)
    {
        lock (_lock)
        {
            if (_isUnlimited != isUnlimited)
            {
                _isUnlimited = isUnlimited;
                LetIn_NeedsLock();
            }
        }
    }

    /// <summary>Takes a turn, at once or when one is free. Whoever was cancelled has none.</summary>
    public async Task TakeAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource turn;
        lock (_lock)
        {
            if (_isUnlimited || (_held < places && _line.Count == 0))
            {
                _held++;
                return;
            }

            turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _line.Enqueue(turn);
            if (!_isSaid)
            {
                _isSaid = true;
                ConsulLog.TurnsBegin(logger, _watches, places);
            }
        }

        using (cancellationToken.Register(() => turn.TrySetCanceled(cancellationToken)))
        {
            await turn.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Gives a turn back.</summary>
    public void Give()
    {
        lock (_lock)
        {
            _held--;
            LetIn_NeedsLock();
        }
    }

    private void LetIn_NeedsLock()
    {
        while ((_isUnlimited || _held < places) && _line.TryDequeue(out var next))
        {
            // Who has left the line meanwhile needs none.
            if (next.TrySetResult())
            {
                _held++;
            }
        }
    }
}
