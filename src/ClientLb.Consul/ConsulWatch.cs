using ClientLb.Discovery;

namespace ClientLb.Consul;

/// <summary>
/// One loop per query for the whole process. It holds a blocking query open, takes each answer over and asks again.
/// </summary>
/// <remarks>
/// <code>
///                                  200: publish what is new
///                                      +---------+
///                                      v         |
///   ask without an index == 200 ==> ask with the index, held by Consul until it changes
///        ^          ^                    |     |
///        |          +=== index went back, or another leader or agent and no word within 1 s
///        +=== pause ==== failed: report it, the list stays
/// </code>
/// </remarks>
internal sealed class ConsulWatch(ConsulQuery query, ConsulRuntime runtime)
{
    /// <summary>How long a held query gets to answer by itself before it is given up.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);

    private readonly ConsulAttempts _attempts = new(runtime.Options, query.AllowStale, runtime.Agents.Count, runtime.Random);
    private readonly ConsulLookLimit _looks = new(runtime.Clock);
    private readonly ConsulOutage _outage = new(query.Service, runtime.Logger);
    private readonly ConsulTurn _turn = new(runtime.Turns);
    private Uri _agent = runtime.Agents.Current;
    private ulong _index;
    private int _connections;
    private long? _askedAt;
    private bool _askLeader;

    public ConsulQuery Query => query;

    public ConsulFeed Feed { get; } = new(query.Service, runtime.Clock, runtime.Logger);

    public ConsulNudges Nudges { get; } = new();

    /// <summary>How many read it. Owned by the source's lock.</summary>
    public int Readers { get; set; }

    /// <summary>Runs until it is stopped or <paramref name="isRetired"/>, which is asked between two queries, says that nobody reads it.</summary>
    public async Task RunAsync(Func<ConsulWatch, bool> isRetired, CancellationToken cancellationToken)
    {
        runtime.Turns.Join();
        try
        {
            while (!isRetired(this))
            {
                await RunRoundAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped; its client may have been disposed under it.
        }
        finally
        {
            _turn.Give();
            runtime.Turns.Leave();
            Feed.End();
        }
    }

    private async Task RunRoundAsync(CancellationToken cancellationToken)
    {
        await KeepIntervalAsync(cancellationToken).ConfigureAwait(false);
        if (_index != 0 && !_askLeader && !await _turn.TakeAsync(Nudges, _looks, cancellationToken).ConfigureAwait(false))
        {
            _index = 0;
        }

        if (runtime.Connections.Opened != _connections)
        {
            // This query may go over one of them: to a registry that was started anew since the last answer.
            _index = 0;
        }

        var stale = _attempts.Stale && !_askLeader;
        try
        {
            var answer = _index == 0 || _askLeader
                ? await AskAsync(stale, cancellationToken).ConfigureAwait(false)
                : await HoldAsync(stale, cancellationToken).ConfigureAwait(false);
            if (answer is null)
            {
                _index = 0;
                return;
            }

            Accept(answer, stale);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            _turn.Give();
            await FailAsync(_agent, e, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks without an index.</summary>
    private async Task<ConsulAnswer> AskAsync(bool stale, CancellationToken cancellationToken)
    {
        await runtime.ShortQueries.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Now and not before: while this one waited, others may have seen an agent fail.
            _agent = runtime.Agents.Current;
            return await runtime.Client.QueryAsync(_agent, query, 0, default, stale, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            runtime.ShortQueries.Leave();
        }
    }

    private void Accept(ConsulAnswer answer, bool stale)
    {
        _outage.IsOver(_attempts.Failures);
        _attempts.Succeeded();
        _connections = runtime.Connections.Opened;
        runtime.Turns.SetUnlimited(runtime.Client.IsMultiplexed);
        var isStale = stale && (!answer.HasLeader || answer.Age > runtime.Options.MaxStaleness);
        Feed.Publish(answer, isStale);
        _askLeader = isStale;

        // Backwards means another registry than before (restored, restarted without its data): start over. And 0 would not be held.
        _index = answer.Index < _index ? 0 : Math.Max(answer.Index, 1);
    }

    private async Task FailAsync(Uri agent, Exception error, CancellationToken cancellationToken)
    {
        if (_askLeader)
        {
            // The stale list has just been published and stays the best there is: go on watching it.
            _askLeader = false;
            Feed.Report(error);
            return;
        }

        // Only a 200 has an index, and after a failure it may count from anew.
        _index = 0;
        if (error is not DiscoveryException { Kind: DiscoveryErrorKind.Denied or DiscoveryErrorKind.Invalid })
        {
            runtime.Agents.MoveOn(agent);
        }

        if (error is not DiscoveryException)
        {
            ConsulLog.Defect(runtime.Logger, error, query.Service);
        }

        var pause = _attempts.Failed();
        Feed.Report(error);
        if (pause > TimeSpan.Zero)
        {
            _outage.GoesOn(Feed.Count, error.Message);
            await PauseAsync(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Holds a query open; <see langword="null"/> means that it hangs and is to be sent again.</summary>
    private async Task<ConsulAnswer?> HoldAsync(bool stale, CancellationToken cancellationToken)
    {
        try
        {
            _agent = runtime.Agents.Current;
            return await HoldAsync(_agent, stale, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Give();
        }
    }

    private async Task<ConsulAnswer?> HoldAsync(Uri agent, bool stale, CancellationToken cancellationToken)
    {
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var held = runtime.Client.QueryAsync(
            agent, query, _index, runtime.Turns.Wait, stale, abandon.Token, opening: () => Nudges.Add(ConsulNudge.Reconnected));
        while (true)
        {
            await Task.WhenAny(held, Nudges.WaitAsync()).ConfigureAwait(false);
            if (held.IsCompleted)
            {
                return await held.ConfigureAwait(false);
            }

            var nudge = Nudges.Take();
            var isSuspect = nudge.HasFlag(ConsulNudge.Suspect);
            ConsulAnswer? look = null;
            if (!isSuspect && (nudge & (ConsulNudge.Look | ConsulNudge.Reconnected)) != 0)
            {
                (look, isSuspect) = await LookAsync(
                    agent, stale, nudge.HasFlag(ConsulNudge.Reconnected), cancellationToken).ConfigureAwait(false);
            }

            if (look is null && !isSuspect)
            {
                continue;
            }

            await Task.WhenAny(held, Task.Delay(s_grace, runtime.TimeProvider, cancellationToken)).ConfigureAwait(false);
            if (held.IsCompleted && look is null)
            {
                return await held.ConfigureAwait(false);
            }

            if (held.IsCompleted || runtime.Abandonment.TryTake())
            {
                await abandon.CancelAsync().ConfigureAwait(false);
                await ((Task)held).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return look;
            }

            if (look is not null)
            {
                Feed.Publish(look, isStale: false);
            }
        }
    }

    /// <summary>Asks beside the held query, which goes on. Gives the answer where it is newer, and whether the agent seems dead.</summary>
    private async Task<(ConsulAnswer? Answer, bool IsSuspect)> LookAsync(
        Uri agent, bool stale, bool isReconnected, CancellationToken cancellationToken)
    {
        // Only the leader's word tells a registry that has started over from a server that lags behind.
        stale &= !isReconnected;
        if (!isReconnected && !_looks.TryTake())
        {
            return default;
        }

        try
        {
            var answer = await AskAsync(stale, cancellationToken).ConfigureAwait(false);
            if (_agent != agent)
            {
                // Others have seen it fail.
                return (null, true);
            }

            if (answer.Index == _index)
            {
                Feed.Publish(answer, isStale: stale && !answer.HasLeader);
            }

            var isOther = stale ? answer.Index > _index : answer.Index != _index;
            return (isOther ? answer : null, false);
        }
        catch (DiscoveryException e)
        {
            Feed.Report(e);
            if (runtime.Agents.Count == 1 || e.Kind is DiscoveryErrorKind.Denied or DiscoveryErrorKind.Invalid)
            {
                return default;
            }

            runtime.Agents.MoveOn(_agent);
            return (null, true);
        }
        finally
        {
            _agent = agent;
        }
    }

    private async Task KeepIntervalAsync(CancellationToken cancellationToken)
    {
        var wait = _askedAt + runtime.Options.MinimumInterval.Ticks - runtime.Clock.Now;
        if (wait > 0)
        {
            await Task.Delay(TimeSpan.FromTicks(wait.Value), runtime.TimeProvider, cancellationToken).ConfigureAwait(false);
        }

        _askedAt = runtime.Clock.Now;
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var over = Task.Delay(pause, runtime.TimeProvider, end.Token);
        while (await Task.WhenAny(over, Nudges.WaitAsync()).ConfigureAwait(false) != over)
        {
            var nudge = Nudges.Take();
            if ((nudge & (ConsulNudge.Recovered | ConsulNudge.Suspect)) != 0 || (nudge.HasFlag(ConsulNudge.Look) && _looks.TryTake()))
            {
                await end.CancelAsync().ConfigureAwait(false);
                break;
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
    }
}
