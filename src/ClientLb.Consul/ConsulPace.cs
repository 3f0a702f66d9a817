using ClientLb.Endpoints;

namespace ClientLb.Consul;

/// <summary>Keeps the queries of one watch apart. For its loop.</summary>
internal sealed class ConsulPace(ConsulRuntime runtime, ConsulNudges nudges, ConsulLookLimit looks)
{
    private long? _askedAt;

    /// <summary>Waits until the least time since the last query has passed.</summary>
    public async Task KeepIntervalAsync(CancellationToken cancellationToken)
    {
        var wait = _askedAt + runtime.Options.MinimumInterval.Ticks - runtime.Clock.Now;
        if (wait > 0)
        {
            await Task.Delay(TimeSpan.FromTicks(wait.Value), runtime.TimeProvider, cancellationToken).ConfigureAwait(false);
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
