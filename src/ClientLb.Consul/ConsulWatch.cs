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
internal sealed class ConsulWatch
{
    /// <summary>How long a held query gets to answer by itself before it is given up.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);

    private readonly ConsulQuery _query;
    private readonly ConsulRuntime _runtime;
    private readonly ConsulAttempts _attempts;
    private readonly ConsulLookLimit _looks;
    private readonly ConsulOutage _outage;
    private readonly ConsulPace _pace;
    private readonly ConsulTurn _turn;
    private Uri _agent;
    private ulong _index;
    private ulong _newest;
    private int _connections;
    private bool _askLeader;
    private bool _mustConfirm;

    public ConsulWatch(ConsulQuery query, ConsulRuntime runtime)
    {
        _query = query;
        _runtime = runtime;
        _attempts = new(runtime.Options, query.AllowStale, runtime.Agents.Count, runtime.Random);
        _looks = new(runtime.Clock);
        _outage = new(query.Service, runtime.Logger);
        _pace = new(runtime, Nudges, _looks);
        _turn = new(runtime.Turns);
        _agent = runtime.Agents.Current;
        Feed = new(query.Service, runtime.Clock, runtime.Logger);
    }

    public ConsulQuery Query => _query;

    public ConsulFeed Feed { get; }

    public ConsulNudges Nudges { get; } = new();

    /// <summary>How many read it. Owned by the source's lock.</summary>
    public int Readers { get; set; }

    /// <summary>Runs until it is stopped or <paramref name="isRetired"/>, which is asked between two queries, says that nobody reads it.</summary>
    public async Task RunAsync(Func<ConsulWatch, bool> isRetired, CancellationToken cancellationToken)
    {
        if (_query.PollInterval is null)
        {
            _runtime.Turns.Join();
        }

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
            if (_query.PollInterval is null)
            {
                _runtime.Turns.Leave();
            }

            Feed.End();
        }
    }

    private async Task RunRoundAsync(CancellationToken cancellationToken)
    {
        await _pace.KeepIntervalAsync(cancellationToken).ConfigureAwait(false);
        if (_index != 0 && !_askLeader && !_mustConfirm && !await _turn.TakeAsync(Nudges, _looks, cancellationToken).ConfigureAwait(false))
        {
            _index = 0;
        }

        if (_runtime.Connections.Opened != _connections)
        {
            // This query may go over one of them: to a registry that was started anew since the last answer.
            _index = 0;
        }

        var stale = _attempts.Stale && !_askLeader;
        try
        {
            var answer = _index == 0 || _askLeader || _mustConfirm
                ? await AskAsync(ConsistencyOf(stale), cancellationToken).ConfigureAwait(false)
                : await HoldAsync(stale, cancellationToken).ConfigureAwait(false);
            if (answer is null)
            {
                _index = 0;
                return;
            }

            Accept(answer, stale);
            if (!_askLeader && !_mustConfirm)
            {
                await PollAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            _turn.Give();
            await FailAsync(_agent, e, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks without an index.</summary>
    private async Task<ConsulAnswer> AskAsync(ConsulConsistency consistency, CancellationToken cancellationToken)
    {
        await _runtime.ShortQueries.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Now and not before: while this one waited, others may have seen an agent fail.
            _agent = _runtime.Agents.Current;
            var answer = await _runtime.Transport.QueryAsync(_agent, _query, 0, default, consistency, cancellationToken).ConfigureAwait(false);
            return consistency == ConsulConsistency.Confirmed ? answer with { IsConfirmed = true } : answer;
        }
        finally
        {
            _runtime.ShortQueries.Leave();
        }
    }

    private Task PollAsync(CancellationToken cancellationToken) =>
        _query.PollInterval is { } interval ? _pace.PollAsync(interval, cancellationToken) : Task.CompletedTask;

    private void Accept(ConsulAnswer answer, bool stale)
    {
        _outage.IsOver(_attempts.Failures);
        _attempts.Succeeded();
        _connections = _runtime.Connections.Opened;
        _runtime.Turns.SetUnlimited(_runtime.Transport.IsMultiplexed);
        var isStale = stale && (!answer.HasLeader || answer.Age > _runtime.Options.MaxStaleness);
        if (KnowsLess(answer))
        {
            (_mustConfirm, _askLeader, _index) = (true, false, 0);
            return;
        }

        _mustConfirm = false;

        _newest = isStale ? Math.Max(_newest, answer.Index) : answer.Index;
        if (Feed.Publish(answer, isStale))
        {
            _pace.Changed();
        }

        _askLeader = isStale;

        // Backwards means another registry than before (restored, restarted without its data): start over. And 0 would not be held.
        // What is polled has none that means anything.
        _index = answer.Index < _index || _query.PollInterval is not null ? 0 : Math.Max(answer.Index, 1);
    }

    private ConsulConsistency ConsistencyOf(bool stale) =>
        _mustConfirm ? ConsulConsistency.Confirmed : stale ? ConsulConsistency.Stale : ConsulConsistency.Leader;

    /// <summary>
    /// An index from before the one that was seen. A server that has just started answers with what it has read so far, at first with nothing, and so does a leader that was elected
    /// a moment ago; or the registry has been restored, or has lost its data. A confirmed answer tells which.
    /// </summary>
    private bool KnowsLess(ConsulAnswer answer) => answer.Index < _newest && Feed.Count > 0 && !answer.IsConfirmed && _query.PollInterval is null;

    private async Task FailAsync(Uri agent, Exception error, CancellationToken cancellationToken)
    {
        if (_askLeader)
        {
            // The stale list has just been published and stays the best there is: go on watching it.
            _askLeader = false;
            Feed.Report(error);
            await PollAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        // Only a 200 has an index, and after a failure it may count from anew.
        _index = 0;
        _mustConfirm = false;
        if (error is not DiscoveryException { Kind: DiscoveryErrorKind.Denied or DiscoveryErrorKind.Invalid })
        {
            _runtime.Agents.MoveOn(agent);
        }

        if (error is not DiscoveryException)
        {
            ConsulLog.Defect(_runtime.Logger, error, _query.Service);
        }

        var pause = _attempts.Failed();
        Feed.Report(error);
        if (pause > TimeSpan.Zero)
        {
            _outage.GoesOn(Feed.Count, error.Message);
            await _pace.PauseAsync(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Holds a query open; <see langword="null"/> means that it hangs and is to be sent again.</summary>
    private async Task<ConsulAnswer?> HoldAsync(bool stale, CancellationToken cancellationToken)
    {
        try
        {
            _agent = _runtime.Agents.Current;
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
        var held = _runtime.Transport.QueryAsync(
            agent, _query, _index, _runtime.Turns.Wait, ConsistencyOf(stale), abandon.Token, opening: () => Nudges.Add(ConsulNudge.Reconnected));
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

            await Task.WhenAny(held, Task.Delay(s_grace, _runtime.TimeProvider, cancellationToken)).ConfigureAwait(false);
            if (held.IsCompleted && look is null)
            {
                return await held.ConfigureAwait(false);
            }

            if (held.IsCompleted || _runtime.Abandonment.TryTake())
            {
                await abandon.CancelAsync().ConfigureAwait(false);
                await ((Task)held).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return look;
            }

            if (look is not null && !KnowsLess(look))
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
        var consistency = isReconnected ? ConsulConsistency.Confirmed : ConsistencyOf(stale);
        if (!isReconnected && !_looks.TryTake())
        {
            return default;
        }

        try
        {
            var answer = await AskAsync(consistency, cancellationToken).ConfigureAwait(false);
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
            if (_runtime.Agents.Count == 1 || e.Kind is DiscoveryErrorKind.Denied or DiscoveryErrorKind.Invalid)
            {
                return default;
            }

            _runtime.Agents.MoveOn(_agent);
            return (null, true);
        }
        finally
        {
            _agent = agent;
        }
    }
}
