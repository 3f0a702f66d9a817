using ClientLb.Affinity;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Calls;

/// <summary>
/// A call of which several attempts may be in flight, each on a request of its own: the first good answer wins. What becomes of the others (their lease, their report,
/// their answer) is settled by each attempt when it ends, so the call waits for none of them.
/// </summary>
/// <remarks>
/// <code>
///   first --delay--> hedge (where somebody else may be had, for a token) --delay--> ... up to Hedging:MaxAttempts
///     |  good answer: it wins, the others are overtaken
///     |  failure: the next one at once, by the rules of retries; where there may be none, whoever is in flight is awaited
///     +- nobody in flight: RetryFlow, as after any failed attempt
/// </code>
/// Polly's hedging is not used: it hedges by result and delay alone, while here an attempt is made only if a lease elsewhere and a token can be had at that moment, and the one
/// that lost has to be told from one that was cancelled or timed out. It would also be entered by every call (1,110 B), where this is a lock and a timer.
/// </remarks>
internal sealed class HedgedCall<TRequest, TResponse>(
    ClusterCaller<TRequest, TResponse> caller, ITransport<TRequest, TResponse> transport, TRequest request, CallPlan plan, CallTraits traits, CallKey key, long callDeadline, CancellationToken cancellationToken)
    where TRequest : class
    where TResponse : class
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<TResponse?> _end = new();
    private readonly HedgingPlan _hedging = plan.Hedging!;
    private readonly Cluster _cluster = caller.Cluster;
    private readonly RouteLatency _route = caller.Route;
    private readonly long _delay = caller.Route.DelayOf(plan.Hedging!);
    private AttemptResult _last;
    private ITimer? _timer;
    private int _begun;
    private int _made;
    private bool _isOver;
    private bool _isDecided;

    private readonly HedgeSupply<TRequest, TResponse> _supply = new(caller, plan, traits, key, callDeadline);

    /// <summary>Makes the call.</summary>
    /// <param name="lease">The lease of the first attempt.</param>
    /// <param name="clock">Its clock, armed.</param>
    public async Task<TResponse> RunAsync(Lease lease, AttemptClock clock)
    {
        HedgedAttempt<TRequest> first;
        lock (_gate)
        {
            first = Begin(lease, clock, isHedge: false, hasToken: false);
        }

        _ = SendAsync(first);
        lock (_gate)
        {
            if (!_isOver && _delay != RouteLatency.Never)
            {
                // It keeps the context of the call, in which the hedge is then sent: its span is a child of the caller's.
                _timer = _cluster.Clock.TimeProvider.CreateTimer(
                    static state => ((HedgedCall<TRequest, TResponse>)state!).OnDue(), this, TimeSpan.FromTicks(_delay), Timeout.InfiniteTimeSpan);
            }
        }

        var answer = await _end.Task.ConfigureAwait(false);
        if (answer is null)
        {
            var flow = new RetryFlow<TRequest, TResponse>(caller, request, plan, traits, key, callDeadline, isAsync: true, cancellationToken, _supply.Known);
            answer = _isDecided ? flow.EndWith(_last) : await flow.RunAsync(_last).ConfigureAwait(false);
        }

        return (traits & CallTraits.IsTrial) == 0 && transport.Follow(request, answer, callDeadline, isAsync: true, cancellationToken) is { } next
            ? await next.ConfigureAwait(false)
            : answer;
    }

    private HedgedAttempt<TRequest> Begin(in Lease lease, AttemptClock clock, bool isHedge, bool hasToken)
    {
        var attempt = new HedgedAttempt<TRequest>(lease, clock, ++_begun) { IsHedge = isHedge, HasToken = hasToken };
        _made++;
        _supply.InFlight.Add(attempt);
        _supply.Known?.Tried.Add(lease.Endpoint);
        try
        {
            // Under the lock: once the call has ended, the request is the caller's alone.
            attempt.Request = transport.Copy(request, attempt.Number, clock.Tell(plan, traits));
        }
        catch (Exception e)
        {
            attempt.Error = e;
        }

        return attempt;
    }

    /// <summary>An attempt from sending to its end. It never throws: nobody awaits it.</summary>
    private async Task SendAsync(HedgedAttempt<TRequest> attempt)
    {
        TResponse? answer = null;
        AttemptVerdict verdict = default;
        var error = attempt.Error;
        if (error is null)
        {
            try
            {
                answer = await transport.SendCopyAsync(request, attempt.Request!, attempt.Lease.Endpoint, attempt.Token).ConfigureAwait(false);
                verdict = transport.Read(answer);
            }
            catch (Exception e)
            {
                error = e;
            }
        }

        try
        {
            OnEnded(attempt, answer, verdict, error);
        }
        catch (Exception e)
        {
            Break(e);
        }
    }

    /// <summary>An observer of outcomes, or a policy, has thrown: the call fails with it, as it would without hedging.</summary>
    private void Break(Exception error)
    {
        object? dropped = null;
        lock (_gate)
        {
            if (!_isOver)
            {
                Close();
                _supply.Known?.End();
                dropped = _last.Response;
                _last = default;
            }
        }

        _timer?.Dispose();
        if (dropped is TResponse unread)
        {
            transport.Discard(unread);
        }

        if (_end.TrySetException(error))
        {
            transport.Finish(request, null);
        }
    }

    private void OnEnded(HedgedAttempt<TRequest> attempt, TResponse? answer, in AttemptVerdict verdict, Exception? error)
    {
        var isGood = error is null && verdict.Kind == OutcomeKind.Success;
        AttemptClock clock;
        bool wins, isOvertaken;
        lock (_gate)
        {
            clock = attempt.Leave();
            isOvertaken = attempt.OvertakenAt != 0;
            wins = isGood && !isOvertaken;
            if (wins)
            {
                _supply.InFlight.Remove(attempt);
                Close();
            }
        }

        var cause = wins ? clock.Finish(transport.LetsGoOfToken(request, answer!)) : clock.FinishFailed(verdict);
        if (wins)
        {
            Win(attempt, answer!, verdict);
        }
        else if (isOvertaken)
        {
            HedgeReport.Count(_cluster, attempt, "lost");
            HedgeReport.Overtaken(_cluster, transport, request, attempt, (answer, verdict, error, cause), _delay);
        }
        else
        {
            // It stays among those in flight until what follows from it is decided: two that fail at once must see each other.
            Fail(attempt, error is null ? caller.Ends.Failed(request, attempt.Lease, answer, null, verdict, cause) : caller.Ends.Failed(request, traits, attempt.Lease, error, cause));
        }
    }

    /// <summary>Under the lock: the call is decided. Whoever is in flight loses.</summary>
    private void Close()
    {
        _isOver = true;
        var now = _cluster.Clock.Now;
        foreach (var attempt in _supply.InFlight)
        {
            attempt.Overtake(now);
            if (attempt.Number == 1)
            {
                _route.Add(_hedging, now - attempt.Lease.StartedAt, now);
            }
        }
    }

    private void Win(HedgedAttempt<TRequest> attempt, TResponse answer, in AttemptVerdict verdict)
    {
        _timer?.Dispose();
        var now = _cluster.Clock.Now;
        if (attempt.Number == 1)
        {
            _route.Add(_hedging, now - attempt.Lease.StartedAt, now);
        }

        HedgeReport.Count(_cluster, attempt, "won");
        if (_last.Response is TResponse replaced)
        {
            _last = default;
            transport.Discard(replaced);
        }

        answer = caller.Ends.Succeeded(answer, attempt.Lease, verdict, now, plan.AttemptTicks);
        transport.Finish(request, answer);
        _cluster.Breaker.Count(isSuccess: true);
        if (_cluster.Metrics.CallsEnabled)
        {
            _cluster.Metrics.Call(_cluster.Name, "success");
        }

        _end.TrySetResult(answer);
    }

    private void Fail(HedgedAttempt<TRequest> attempt, in AttemptResult result)
    {
        HedgedAttempt<TRequest>? next = null;
        object? dropped = null;
        var isEnd = false;
        HedgeReport.Count(_cluster, attempt, result.Verdict.Kind switch { OutcomeKind.NotSent => "not_sent", OutcomeKind.Ignored => "lost", _ => "failed" });
        try
        {
            lock (_gate)
            {
                _supply.InFlight.Remove(attempt);
                if (attempt.Number == 1 && !_isOver && result.Duration.Ticks >= _delay)
                {
                    _route.Add(_hedging, result.Duration.Ticks, _cluster.Clock.Now);
                }

                if (_isOver)
                {
                    // Another one has answered since this one ended.
                    dropped = result.Response;
                }
                else
                {
                    dropped = _last.Response;
                    _last = result;
                    next = Next(attempt, result);
                    isEnd = next is null && (_isOver || _supply.InFlight.Count == 0);
                    _isOver = isEnd;
                }
            }
        }
        finally
        {
            if (dropped is TResponse replaced)
            {
                transport.Discard(replaced);
            }
        }

        if (next is not null)
        {
            _ = SendAsync(next);
        }
        else if (isEnd)
        {
            _timer?.Dispose();
            _end.TrySetResult(null);
        }
    }

    /// <summary>Under the lock: what follows an attempt that failed.</summary>
    private HedgedAttempt<TRequest>? Next(HedgedAttempt<TRequest> attempt, in AttemptResult result)
    {
        var isSent = result.Verdict.Kind != OutcomeKind.NotSent;
        var others = _supply.InFlight.Count;
        if (result.Verdict.Kind == OutcomeKind.Ignored)
        {
            if (others == 0)
            {
                return null;
            }

            if (result.Cause == StopCause.CallTimeout)
            {
                // The others have the same deadline: the error names them all.
                _supply.State.Note(result);
                return null;
            }

            // The caller cancelled, or what they send can't be sent by anyone.
            Close();
            return null;
        }

        if (!isSent)
        {
            _made--;
        }

        // It is in flight no more, so the state may have been made without it.
        _supply.State.Avoid(result.Endpoint!);
        var hasToken = attempt.HasToken && !isSent;
        if (_made >= _hedging.MaxAttempts || !_supply.State.IsAnyoneElse())
        {
            _supply.GiveBack(hasToken);
            if (others > 0)
            {
                _supply.State.Note(result);
            }

            return null;
        }

        if (_supply.TryReplace(result, ref hasToken, out var lease))
        {
            return Begin(lease, Arm(lease), isHedge: false, hasToken);
        }

        _isDecided = others == 0;
        return null;
    }

    private AttemptClock Arm(in Lease lease) => caller.Arm(lease, _cluster.Snapshot, plan, traits, key, callDeadline, cancellationToken);

    /// <summary>The delay is over, and nobody has answered.</summary>
    private void OnDue()
    {
        HedgedAttempt<TRequest>? hedge;
        lock (_gate)
        {
            if (_isOver || _supply.InFlight.Count == 0 || _made >= _hedging.MaxAttempts)
            {
                return;
            }

            var slow = _supply.InFlight[^1];
            if (!_supply.TryHedge(out var lease, out var why))
            {
                HedgeReport.NotMade(_cluster, caller.Logger, slow, why);
                return;
            }

            hedge = Begin(lease, Arm(lease), isHedge: true, hasToken: true);
            HedgeReport.Made(_cluster, caller.Logger, slow, hedge, _delay);
            if (_made < _hedging.MaxAttempts)
            {
                _timer!.Change(TimeSpan.FromTicks(_delay), Timeout.InfiniteTimeSpan);
            }
        }

        _ = SendAsync(hedge);
    }
}
