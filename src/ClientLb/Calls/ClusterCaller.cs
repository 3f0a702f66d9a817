using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ClientLb.Admission;
using ClientLb.Affinity;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using Microsoft.Extensions.Logging;

namespace ClientLb.Calls;

/// <summary>
/// Makes the calls of one client to one cluster: resolve, pick, lease, send, read, report. The only place that leases. A call whose first
/// attempt succeeds runs through <see cref="RunAsync"/> alone; Polly, lists and exceptions are met only by one that fails.
/// </summary>
/// <typeparam name="TRequest">What is sent.</typeparam>
/// <typeparam name="TResponse">What is answered.</typeparam>
internal sealed class ClusterCaller<TRequest, TResponse>(
    Cluster cluster, ITransport<TRequest, TResponse> transport, TimeoutWheel wheel, IRandomSource random, ILogger logger)
    where TRequest : class
    where TResponse : class
{
    private static readonly List<Endpoint> s_nobody = [];

    private RouteLatency? _route;

    /// <summary>What first attempts take: known only where calls are hedged.</summary>
    public RouteLatency Route => _route ?? Interlocked.CompareExchange(ref _route, new(), null) ?? _route;

    public Cluster Cluster => cluster;

    public ILogger Logger => logger;

    /// <summary>Makes one call.</summary>
    /// <param name="request">What is sent.</param>
    /// <param name="plan">The client's options in force.</param>
    /// <param name="isAsync">False when everything must happen on this thread.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="CallFailedException">There is no answer.</exception>
    public Task<TResponse> CallAsync(TRequest request, CallPlan plan, bool isAsync, CancellationToken cancellationToken) =>
        cluster.Breaker.IsClosed
            ? BeginAsync(request, plan, isAsync, cancellationToken)
            : TryAsync(cluster.Breaker, request, plan, isAsync, cancellationToken);

    /// <summary>The cluster's breaker is not closed: the call is refused, or it is the trial.</summary>
    private async Task<TResponse> TryAsync(ClusterBreaker breaker, TRequest request, CallPlan plan, bool isAsync, CancellationToken cancellationToken)
    {
        var trial = breaker.BeginTrial() ?? throw CallErrors.BreakerOpen(cluster, breaker, logger);
        var isSuccess = false;
        try
        {
            var answer = await BeginAsync(request, plan, isAsync, cancellationToken).ConfigureAwait(false);
            isSuccess = transport.Read(answer).Kind == OutcomeKind.Success;
            return answer;
        }
        finally
        {
            await trial.EndAsync(isSuccess).ConfigureAwait(false);
        }
    }

    private Task<TResponse> BeginAsync(TRequest request, CallPlan plan, bool isAsync, CancellationToken cancellationToken)
    {
        var snapshot = cluster.Snapshot;
        var limit = transport.Begin(request);
        var traits = transport.TraitsOf(request) | (limit == long.MaxValue ? CallTraits.None : CallTraits.HasDeadline);
        var now = cluster.Clock.Now;
        var callDeadline = now + Math.Min(plan.CallTicks, limit);
        return snapshot.IsResolved && !transport.NeedsPreparation(request, traits)
            ? StartAsync(request, plan, snapshot, traits, now, callDeadline, isAsync, cancellationToken)
            : PrepareAsync(request, plan, snapshot, traits, callDeadline, isAsync, cancellationToken);
    }

    // What few calls wait for has a method of its own, and what is set anew after an await is not set before it: every local that lives across
    // an await makes the object larger that each waiting call allocates.
    private async Task<TResponse> PrepareAsync(
        TRequest request, CallPlan plan, ClusterSnapshot snapshot, CallTraits traits, long callDeadline, bool isAsync, CancellationToken cancellationToken)
    {
        if (!snapshot.IsResolved)
        {
            snapshot = await ResolveAsync(isAsync, cancellationToken).ConfigureAwait(false);
        }

        if (transport.NeedsPreparation(request, traits))
        {
            traits = await transport.PrepareAsync(request, traits, cancellationToken).ConfigureAwait(false);
        }

        return await StartAsync(request, plan, snapshot, traits, cluster.Clock.Now, callDeadline, isAsync, cancellationToken).ConfigureAwait(false);
    }

    private Task<TResponse> StartAsync(
        TRequest request, CallPlan plan, ClusterSnapshot snapshot, CallTraits traits, long now, long callDeadline, bool isAsync, CancellationToken cancellationToken)
    {
        if ((traits & CallTraits.HasDeadline) != 0 && CallErrors.TooLate(cluster, callDeadline, now, logger) is { } late)
        {
            transport.Finish(request, null);
            return Task.FromException<TResponse>(late);
        }

        var key = snapshot.HashKey is { } from ? transport.KeyOf(request, from) : default;
        if (!TryLease(ref snapshot, now, traits, default, out var lease, key))
        {
            return WaitAsync(request, plan, snapshot, traits, key, callDeadline, isAsync, cancellationToken);
        }

        var clock = Arm(lease, snapshot, plan, traits, key, callDeadline, cancellationToken);
        return plan.Hedging is null
            ? RunAsync(request, plan, traits, lease, clock, callDeadline, isAsync, cancellationToken)
            : HedgeAsync(request, plan, traits, lease, clock, callDeadline, isAsync, cancellationToken);
    }

    private Task<TResponse> HedgeAsync(
        TRequest request, CallPlan plan, CallTraits traits, Lease lease, AttemptClock clock, long callDeadline, bool isAsync, CancellationToken cancellationToken) =>
        isAsync && MayGiveUp(traits) && transport.MayHedge(request)
            ? new HedgedCall<TRequest, TResponse>(this, transport, request, plan, traits, clock.Key, callDeadline, cancellationToken).RunAsync(lease, clock)
            : RunAsync(request, plan, traits, lease, clock, callDeadline, isAsync, cancellationToken);

    /// <summary>A call that found no endpoint: it waits for a place where the cluster has a queue, and fails where not.</summary>
    private async Task<TResponse> WaitAsync(
        TRequest request, CallPlan plan, ClusterSnapshot snapshot, CallTraits traits, CallKey key, long callDeadline, bool isAsync, CancellationToken cancellationToken)
    {
        AttemptClock clock;
        Lease lease;
        try
        {
            var waiting = CallAdmission.WaitAsync(cluster, snapshot, key, MayGiveUp(traits), callDeadline, logger, cancellationToken);
#pragma warning disable CA2012 // A synchronous Send has no other way to wait for its place.
            lease = isAsync || waiting.IsCompleted ? await waiting.ConfigureAwait(false) : waiting.AsTask().GetAwaiter().GetResult();
#pragma warning restore CA2012
            if ((traits & CallTraits.HasDeadline) != 0 && CallErrors.TooLate(cluster, callDeadline, lease.StartedAt, logger) is { } late)
            {
                cluster.Release(lease);
                throw late;
            }

            clock = Arm(lease, cluster.Snapshot, plan, traits, key, callDeadline, cancellationToken);
        }
        catch
        {
            transport.Finish(request, null);
            throw;
        }

        return await (plan.Hedging is null
            ? RunAsync(request, plan, traits, lease, clock, callDeadline, isAsync, cancellationToken)
            : HedgeAsync(request, plan, traits, lease, clock, callDeadline, isAsync, cancellationToken)).ConfigureAwait(false);
    }

    private async Task<TResponse> RunAsync(
        TRequest request, CallPlan plan, CallTraits traits, Lease lease, AttemptClock clock, long callDeadline, bool isAsync, CancellationToken cancellationToken)
    {
        TResponse? answer;
        AttemptVerdict verdict;
        Exception? error;
        try
        {
            answer = await transport.SendAsync(request, lease.Endpoint, 1, clock.Tell(plan, traits), isAsync, clock.Token).ConfigureAwait(false);
            verdict = transport.Read(answer);
            error = null;
        }
        catch (Exception e)
        {
            (answer, verdict, error) = (null, default, e);
        }

        // Outside of the try: the clock is finished once, whatever follows.
        if (error is null && verdict.Kind == OutcomeKind.Success)
        {
            clock.Finish(transport.LetsGoOfToken(request, answer!));
            answer = Succeeded(answer!, lease, verdict, cluster.Clock.Now, plan.AttemptTicks);
            transport.Finish(request, answer);
            cluster.Breaker.Count(isSuccess: true);
            if (cluster.Metrics.CallsEnabled)
            {
                cluster.Metrics.Call(cluster.Name, "success");
            }
        }
        else
        {
            var sameKey = clock.Key;
            var cause = clock.FinishFailed(verdict);
            var result = error is null
                ? Failed(request, lease, answer, null, verdict, cause)
                : Failed(request, traits, lease, error, cause);
            answer = await new RetryFlow<TRequest, TResponse>(this, request, plan, traits, sameKey, callDeadline, isAsync, cancellationToken)
                .RunAsync(result).ConfigureAwait(false);
        }

        return transport.Follow(request, answer, isAsync, cancellationToken) is { } next ? await next.ConfigureAwait(false) : answer;
    }

    internal TResponse Deliver(TResponse response, in Lease lease)
    {
        if (transport.HasOpenBody(response))
        {
            return transport.TrackBody(response, cluster, cluster.BeginStream(lease));
        }

        cluster.Release(lease);
        return response;
    }

    private static bool MayGiveUp(CallTraits traits) => (traits & CallTraits.RepeatableAndReplayable) == CallTraits.RepeatableAndReplayable;

    /// <summary>An endpoint for a call's first attempt, or for a further one, which goes to none of those that were tried.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryLease(ref ClusterSnapshot snapshot, long now, CallTraits traits, List<Endpoint>? tried, out Lease lease, CallKey key)
    {
        var isFirst = tried is null;
        var excluded = CollectionsMarshal.AsSpan(tried);
        var mayProbe = isFirst && MayGiveUp(traits);
        return snapshot.IsGated
            ? cluster.Gate.TryLease(ref snapshot, now, mayProbe, excluded, isFirst, out lease, key)
            : LeaseSteps.TryLease(snapshot, now, mayProbe, excluded, out lease, key)
                || LeaseSteps.TryLeaseAnew(cluster, ref snapshot, now, mayProbe, excluded, out lease, key);
    }

    /// <summary>An endpoint for one more attempt of a hedged call: nobody who was tried, whatever happens.</summary>
    internal bool TryLeaseElsewhere(RetryState state, out Lease lease)
    {
        var snapshot = cluster.Snapshot;
        return TryLease(ref snapshot, cluster.Clock.Now, state.Traits, state.Tried, out lease, state.Key);
    }

    /// <summary>Starts the clock of a first attempt, or of one of several.</summary>
    internal AttemptClock Arm(
        in Lease lease, ClusterSnapshot snapshot, CallPlan plan, CallTraits traits, CallKey key, long callDeadline, CancellationToken cancellationToken)
    {
        var deadline = lease.StartedAt + (lease.IsProbation && snapshot.ProbationTicks != 0 && MayGiveUp(traits) ? Math.Min(snapshot.ProbationTicks, plan.AttemptTicks) : plan.AttemptTicks);
        var clock = wheel.Rent();
        clock.Key = key;
        clock.Endpoint = lease.Endpoint;
        clock.Start(lease.StartedAt, Math.Min(deadline, callDeadline), deadline <= callDeadline ? StopCause.AttemptTimeout : StopCause.CallTimeout,
            MayGiveUp(traits) ? lease.Endpoint : null, cancellationToken);
        return clock;
    }

    /// <summary>A further attempt, at an endpoint that has not been tried.</summary>
    internal async ValueTask<AttemptResult> AttemptAsync(
        TRequest request, CallPlan plan, RetryState state, bool isAsync, CancellationToken cancellationToken)
    {
        var now = cluster.Clock.Now;
        var snapshot = cluster.Snapshot;
        if (!state.HasTime(now))
        {
            // The wait has taken longer than it was meant to.
            return default;
        }

        if (!TryLease(ref snapshot, now, state.Traits, state.Tried, out var lease, state.Key))
        {
            // Whoever was still untried when the retry was decided may have been ejected during the wait: then one that was tried will do, but not
            // in the place of others that are at their limit.
            var isHeldBack = cluster.Gate.IsFull(snapshot) || LeaseSteps.IsHeldBack(snapshot, CollectionsMarshal.AsSpan(state.Tried));
            if (isHeldBack || !TryLease(ref snapshot, now, state.Traits, s_nobody, out lease, state.Key))
            {
                if (isHeldBack || LeaseSteps.IsHeldBack(snapshot))
                {
                    state.Refuse();
                }

                return default;
            }
        }

        var attemptDeadline = now + plan.AttemptTicks;
        var clock = wheel.Rent();
        clock.Endpoint = lease.Endpoint;
        clock.Start(now, Math.Min(attemptDeadline, state.CallDeadline), attemptDeadline <= state.CallDeadline ? StopCause.AttemptTimeout : StopCause.CallTimeout,
            MayGiveUp(state.Traits) ? lease.Endpoint : null, cancellationToken);
        TResponse? answer = null;
        AttemptVerdict verdict = default;
        Exception? error = null;
        try
        {
            answer = await transport.SendAsync(request, lease.Endpoint, state.Attempts + 1, clock.Tell(plan, state.Traits), isAsync, clock.Token).ConfigureAwait(false);
            verdict = transport.Read(answer);
        }
        catch (Exception e)
        {
            error = e;
        }

        if (error is not null)
        {
            return Failed(request, state.Traits, lease, error, clock.FinishFailed(default));
        }

        if (verdict.Kind != OutcomeKind.Success)
        {
            return Failed(request, lease, answer, null, verdict, clock.FinishFailed(verdict));
        }

        clock.Finish(transport.LetsGoOfToken(request, answer!));
        var end = cluster.Clock.Now;
        return new(Succeeded(answer!, lease, verdict, end, plan.AttemptTicks), null, verdict, StopCause.None, lease.Endpoint, TimeSpan.FromTicks(end - now), false);
    }

    internal RetryState NewState(CallPlan plan, CallTraits traits, CallKey key, long callDeadline) => new(cluster, plan, traits, key, callDeadline, random, logger);

    internal void Finish(TRequest request, TResponse? response) => transport.Finish(request, response);

    internal void Discard(TResponse response) => transport.Discard(response);

    internal TResponse Succeeded(TResponse response, in Lease lease, in AttemptVerdict verdict, long end, long patience)
    {
        cluster.Report(lease, new AttemptReport(OutcomeKind.Success, Evidence.None, lease.StartedAt, end)
        {
            StatusCode = verdict.StatusCode,
            Patience = patience,
            Load = cluster.Snapshot.LoadReports is { } wish ? LoadOf(response, wish) : default,
        });
        return Deliver(response, lease);
    }

    internal AttemptResult Failed(TRequest request, CallTraits traits, in Lease lease, Exception exception, StopCause cause) =>
        Failed(request, lease, null, exception, transport.Read(request, exception, cause, (traits & CallTraits.Repeatable) != 0), cause);

    internal AttemptResult Failed(TRequest request, in Lease lease, TResponse? response, Exception? exception, in AttemptVerdict verdict, StopCause cause)
    {
        if (response is not null && verdict.StatusCode == AttemptClock.GatewayTimeout && (cause is StopCause.AttemptTimeout or StopCause.CallTimeout))
        {
            // Not an answer, but the echo of what the server was told: the time is over, and that is how the attempt ends.
            transport.Discard(response);
            var timeout = new TimeoutException("The server has given up at the time that it was told.");
            return Failed(request, lease, null, timeout, transport.Read(request, timeout, cause, isRepeatable: false), cause);
        }

        var now = cluster.Clock.Now;
        var report = new AttemptReport(verdict.Kind, verdict.Evidence, lease.StartedAt, now)
        {
            StatusCode = verdict.StatusCode,
            RetryAfter = verdict.RetryAfter.Ticks,
            IsLowerBound = cause != StopCause.None && IsOldEnough(lease.Endpoint, now - lease.StartedAt),
            Load = response is not null && cluster.Snapshot.LoadReports is { } wish ? LoadOf(response, wish) : default,
        };
        cluster.Report(lease, report);
        if (response is not null && verdict.Kind != OutcomeKind.Ignored)
        {
            // It may be the last answer of the call: then the caller reads its body.
            Deliver(response, lease);
        }
        else
        {
            cluster.Release(lease);
        }

        return new(response, exception, verdict, cause, lease.Endpoint, TimeSpan.FromTicks(now - lease.StartedAt), transport.CanSendAgain(request, verdict));
    }

    private LoadReport LoadOf(TResponse response, LoadReportWish wish)
    {
        if (!transport.TryReadLoad(response, wish, out var load))
        {
            cluster.Metrics.LoadReportRefused(cluster.Name);
        }

        return load;
    }

    /// <summary>An attempt that was cancelled young says nothing; an old one was at least that slow.</summary>
    private static bool IsOldEnough(Endpoint endpoint, long age) =>
        age > Math.Max(MonotonicClock.TicksPerSecond, 5 * (long)endpoint.Load.PeakLatency);

    private async ValueTask<ClusterSnapshot> ResolveAsync(bool isAsync, CancellationToken cancellationToken)
    {
        var waiting = cluster.ResolvedAsync(cancellationToken);
#pragma warning disable CA2012 // A synchronous Send has no other way to wait for the first list.
        var snapshot = isAsync || waiting.IsCompleted
            ? await waiting.ConfigureAwait(false)
            : waiting.AsTask().GetAwaiter().GetResult();
#pragma warning restore CA2012
        return snapshot.IsResolved ? snapshot : throw CallErrors.NotResolved(cluster, logger);
    }
}
