using ClientLb.Endpoints;

namespace ClientLb.Discovery;

/// <summary>
/// Writes the lists that are offered to it, in the background and never more than one each few seconds: a list of 5,000 instances that flaps must not write
/// megabytes four times a second. Of several lists that wait the latest counts.
/// </summary>
/// <param name="write">Writes a list; false where a later try may do better. Does not throw.</param>
/// <param name="clock">The clock.</param>
internal sealed class StoredListWriter(Func<StoredList, bool> write, MonotonicClock clock)
{
    /// <summary>Between two lists.</summary>
    public static readonly TimeSpan Gap = TimeSpan.FromSeconds(5);

    /// <summary>Between two writes of the same list, which only say that it has been confirmed; and before another try after one that failed.</summary>
    public static readonly TimeSpan LongGap = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private Offered? _waiting;
    private Task _running = Task.CompletedTask;
    private TaskCompletionSource _hurry = NewSource();
    private bool _isRunning;
    private IReadOnlyList<EndpointDescriptor>? _written;
    private long _writtenAt = long.MinValue / 2;
    private bool _hasFailed;

    /// <summary>The source has said or confirmed a list. Costs a lock and no look at the list.</summary>
    public void Offer(IReadOnlyList<EndpointDescriptor> endpoints, long confirmedAt)
    {
        lock (_gate)
        {
            _waiting = new(endpoints, confirmedAt);
            if (_isRunning)
            {
                return;
            }

            _isRunning = true;
            using (ExecutionContext.SuppressFlow())
            {
                _running = Task.Run(RunAsync);
            }
        }
    }

    /// <summary>Writes at once what still waits.</summary>
    /// <returns>A task that ends when it is on disk, or can't be.</returns>
    public Task FlushAsync()
    {
        lock (_gate)
        {
            if (_isRunning)
            {
                _hurry.TrySetResult();
            }

            return _running;
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        while (true)
        {
            Offered next;
            Task hurry;
            lock (_gate)
            {
                if (_waiting is null)
                {
                    _isRunning = false;
                    _hurry = _hurry.Task.IsCompleted ? NewSource() : _hurry;
                    return;
                }

                next = _waiting;
                hurry = _hurry.Task;
            }

            var isNews = _written is null || !(ReferenceEquals(next.Endpoints, _written) || next.Endpoints.SequenceEqual(_written));
            var rest = _writtenAt + (isNews && !_hasFailed ? Gap : LongGap).Ticks - clock.Now;
            if (rest > 0 && !hurry.IsCompleted)
            {
                // Not longer than the gap: while a confirmation waits for its minute, news may come.
                await WaitAsync(Math.Min(rest, Gap.Ticks), hurry).ConfigureAwait(false);
                continue;
            }

            lock (_gate)
            {
                _waiting = ReferenceEquals(_waiting, next) ? null : _waiting;
            }

            if (isNews || rest <= 0)
            {
                Write(next, isLast: hurry.IsCompleted);
            }
        }
    }

    private void Write(Offered next, bool isLast)
    {
        var confirmedAt = clock.TimeProvider.GetUtcNow() - TimeSpan.FromTicks(Math.Max(0, clock.Now - next.ConfirmedAt));
        _hasFailed = !write(new(next.Endpoints, confirmedAt));
        _writtenAt = clock.Now;
        if (!_hasFailed)
        {
            _written = next.Endpoints;
        }
        else if (!isLast)
        {
            lock (_gate)
            {
                _waiting ??= next;
            }
        }
    }

    private async Task WaitAsync(long ticks, Task hurry)
    {
        try
        {
            await hurry.WaitAsync(TimeSpan.FromTicks(ticks), clock.TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The time has come.
        }
    }

    private sealed record Offered(IReadOnlyList<EndpointDescriptor> Endpoints, long ConfirmedAt);
}
