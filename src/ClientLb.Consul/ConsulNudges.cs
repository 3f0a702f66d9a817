namespace ClientLb.Consul;

/// <summary>Collects nudges until the loop of the watch takes them. Several of a kind are one.</summary>
internal sealed class ConsulNudges
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _arrived = NewSource();
    private ConsulNudge _pending;

    public void Add(ConsulNudge nudge)
    {
        lock (_lock)
        {
            _pending |= nudge;
            _arrived.TrySetResult();
        }
    }

    /// <summary>Ends when there is something to take.</summary>
    public Task WaitAsync()
    {
        lock (_lock)
        {
            return _arrived.Task;
        }
    }

    public ConsulNudge Take()
    {
        lock (_lock)
        {
            var taken = _pending;
            _pending = ConsulNudge.None;
            if (_arrived.Task.IsCompleted)
            {
                _arrived = NewSource();
            }

            return taken;
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
