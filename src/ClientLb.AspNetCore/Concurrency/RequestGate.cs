namespace ClientLb.AspNetCore.Concurrency;

/// <summary>
/// So many requests run at once, so many wait, first come, first served. One word holds both counts: as long as nobody waits, coming and going is
/// one CAS each; a place that becomes free while somebody waits goes to the first in the queue and to nobody else.
/// </summary>
/// <param name="limit">How many may run; 0 is no limit.</param>
/// <param name="queueLength">How many may wait.</param>
internal sealed class RequestGate(int limit, int queueLength)
{
    private const long OneWaiting = 1L << 32;

    private readonly int _limit = limit > 0 ? limit : int.MaxValue;
    private readonly Lock _lock = new();
    private readonly LinkedList<QueuedRequest> _queue = new();

    // Low half: running. High half: waiting, which changes under the lock only and is then the length of the queue.
    private long _word;

    /// <summary>Requests that run or wait.</summary>
    public int InFlight
    {
        get
        {
            var word = Volatile.Read(ref _word);
            return Running(word) + Waiting(word);
        }
    }

    /// <summary>Requests that wait.</summary>
    public int Queued => Waiting(Volatile.Read(ref _word));

    /// <summary>Takes a place if one is free and nobody waits for it.</summary>
    public bool TryEnter()
    {
        var word = Volatile.Read(ref _word);
        while (Waiting(word) == 0 && Running(word) < _limit)
        {
            var seen = Interlocked.CompareExchange(ref _word, word + 1, word);
            if (seen == word)
            {
                return true;
            }

            word = seen;
        }

        return false;
    }

    /// <summary>Takes a place, after a wait if need be.</summary>
    /// <param name="gone">Ends the wait.</param>
    public ValueTask<GateEntry> EnterAsync(CancellationToken gone)
    {
        if (TryEnter())
        {
            return new(GateEntry.Entered);
        }

        QueuedRequest queued;
        lock (_lock)
        {
            while (true)
            {
                if (TryEnter())
                {
                    return new(GateEntry.Entered);
                }

                var word = Volatile.Read(ref _word);
                if (Waiting(word) >= queueLength)
                {
                    return new(GateEntry.Refused);
                }

                // Only if no place has become free since: nobody would hand it over.
                if ((Waiting(word) > 0 || Running(word) >= _limit) && Interlocked.CompareExchange(ref _word, word + OneWaiting, word) == word)
                {
                    break;
                }
            }

            queued = new QueuedRequest();
            _queue.AddLast(queued.Node);
        }

        return WaitAsync(queued, gone);
    }

    /// <summary>Gives a place back: to the first that waits, if any does.</summary>
    public void Leave()
    {
        while (true)
        {
            var word = Volatile.Read(ref _word);
            if (Waiting(word) > 0 ? TryHandOver() : Interlocked.CompareExchange(ref _word, word - 1, word) == word)
            {
                return;
            }
        }
    }

    private static int Running(long word) => (int)word;

    private static int Waiting(long word) => (int)(word >> 32);

    private bool TryHandOver()
    {
        QueuedRequest? first;
        lock (_lock)
        {
            first = _queue.First?.Value;
            if (first is not null)
            {
                Remove_NeedsLock(first);
            }
        }

        return first?.TrySetResult(GateEntry.Entered) == true;
    }

    private void Withdraw(QueuedRequest queued)
    {
        lock (_lock)
        {
            if (queued.Node.List is null)
            {
                return;
            }

            Remove_NeedsLock(queued);
        }

        queued.TrySetResult(GateEntry.Left);
    }

    private void Remove_NeedsLock(QueuedRequest queued)
    {
        _queue.Remove(queued.Node);
        Interlocked.Add(ref _word, -OneWaiting);
    }

    private async ValueTask<GateEntry> WaitAsync(QueuedRequest queued, CancellationToken gone)
    {
        using var withdrawal = gone.UnsafeRegister(
            static state =>
            {
                var (gate, queued) = ((RequestGate, QueuedRequest))state!;
                gate.Withdraw(queued);
            },
            (this, queued));
        return await queued.Task.ConfigureAwait(false);
    }
}
