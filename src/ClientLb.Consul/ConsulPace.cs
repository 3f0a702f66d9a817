using ClientLb.Endpoints;

namespace ClientLb.Consul;

/// <summary>Keeps the queries of one watch apart. For its loop.</summary>
internal sealed class ConsulPace(ConsulRuntime runtime, ConsulNudges nudges, ConsulLookLimit looks)
{
    // A change now and then is taken over at once. One after the other, as a check that flaps makes them, they come half a second apart: each is a
    // new list for every cluster and, of thousands of instances, megabytes to read.
    private const int ChangesAtOnce = 3;
    private static readonly double s_ticksPerChange = TimeSpan.FromMilliseconds(500).Ticks;

    private long? _askedAt;
    private double _changes = ChangesAtOnce;
    private long _changedAt;

    /// <summary>The last answer was another list than the one before.</summary>
    public void Changed()
    {
        var now = runtime.Clock.Now;
        _changes = Math.Min(ChangesAtOnce, _changes + ((now - _changedAt) / s_ticksPerChange)) - 1;
        _changedAt = now;
    }

    /// <summary>Waits until the least time since the last query has passed, and longer where the list changes all the time.</summary>
    public async Task KeepIntervalAsync(CancellationToken cancellationToken)
    {
        var now = runtime.Clock.Now;
        var wait = Math.Max(_askedAt + runtime.Options.MinimumInterval.Ticks ?? now, _changedAt - (long)(_changes * s_ticksPerChange)) - now;
        if (wait > 0)
        {
            await Task.Delay(TimeSpan.FromTicks(wait), runtime.TimeProvider, cancellationToken).ConfigureAwait(false);
        }

        _askedAt = runtime.Clock.Now;
    }

    /// <summary>Waits until the next poll, with jitter, so that processes that were started together do not ask together.</summary>
    public Task PollAsync(TimeSpan interval, CancellationToken cancellationToken) =>
        PauseAsync(interval * (0.9 + (0.2 * runtime.Random.NextDouble())), cancellationToken);

    /// <summary>Waits until the time has passed, an outage is over or somebody wants a look.</summary>
    public async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var over = Task.Delay(pause, runtime.TimeProvider, end.Token);
        while (await Task.WhenAny(over, nudges.WaitAsync()).ConfigureAwait(false) != over)
        {
            var nudge = nudges.Take();
            if ((nudge & (ConsulNudge.Recovered | ConsulNudge.Suspect)) != 0 || (nudge.HasFlag(ConsulNudge.Look) && looks.TryTake()))
            {
                await end.CancelAsync().ConfigureAwait(false);
                break;
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
    }
}
