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

    private readonly AttemptEnds<TRequest, TResponse> _ends = new(cluster, transport);
    private RouteLatency? _route;

    /// <summary>What first attempts take: known only where calls are hedged.</summary>
    public RouteLatency Route => _route ?? Interlocked.CompareExchange(ref _route, new(), null) ?? _route;

    public Cluster Cluster => cluster;

    /// <summary>Settles what attempts come to.</summary>
    public AttemptEnds<TRequest, TResponse> Ends => _ends;

    public ILogger Logger => logger;

    /// <summary>Makes one call.</summary>
    /// <param name="request">What is sent.</param>
    /// <param name="plan">The client's options in force.</param>
    /// <param name="isAsync">False when everything must happen on this thread.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <param name="callDeadline">When its time is up, in ticks, at the latest. Given where it is a part of another call.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="CallFailedException">There is no answer.</exception>
    public Task<TResponse> CallAsync(TRequest request, CallPlan plan, bool isAsync, CancellationToken cancellationToken, long callDeadline = long.MaxValue) =>
        cluster.Breaker.IsClosed
            ? BeginAsync(request, plan, CallTraits.None, callDeadline, isAsync, cancellationToken)
            : transport.Refusable(request, TryAsync(cluster.Breaker, request, plan, callDeadline, isAsync, cancellationToken));

    /// <summary>The cluster's breaker is not closed: the call is refused, or it is the trial.</summary>
    private async Task<TResponse> TryAsync(
        ClusterBreaker breaker, TRequest request, CallPlan plan, long callDeadline, bool isAsync, CancellationToken cancellationToken)
    {
        var trial = breaker.BeginTrial(plan.CallTicks) ?? throw CallErrors.BreakerOpen(cluster, breaker, logger);
        var isSuccess = false;
        TResponse answer;
        try
        {
            callDeadline = Math.Min(callDeadline, cluster.Clock.Now + Math.Min(plan.CallTicksOf(transport.TraitsOf(request)), transport.Begin(request)));
            answer = await BeginAsync(request, plan, CallTraits.IsTrial, callDeadline, isAsync, cancellationToken).ConfigureAwait(false);
            isSuccess = transport.Read(answer).Kind == OutcomeKind.Success;
        }
        finally
        {
            await trial.EndAsync(isSuccess).ConfigureAwait(false);
        }

        // After the trial, whose place it would not get: what is followed within the cluster passes the breaker again.
        return transport.Follow(request, answer, callDeadline, isAsync, cancellationToken) is { } next ? await next.ConfigureAwait(false) : answer;
    }

    private Task<TResponse> BeginAsync(TRequest request, CallPlan plan, CallTraits more, long callDeadline, bool isAsync, CancellationToken cancellationToken)
    {
        var snapshot = cluster.Snapshot;
        var limit = transport.Begin(request);
        var traits = transport.TraitsOf(request) | more | (limit == long.MaxValue ? CallTraits.None : CallTraits.HasDeadline);
        var now = cluster.Clock.Now;
        callDeadline = Math.Min(callDeadline, now + Math.Min(plan.CallTicksOf(traits), limit));
        return snapshot.IsResolved && !transport.NeedsPreparation(request, traits)
            ? StartAsync(request, plan, snapshot, traits, now, callDeadline, isAsync, cancellationToken)
            : transport.Refusable(request, PrepareAsync(request, plan, snapshot, traits, callDeadline, isAsync, cancellationToken));
    }

    // What few calls wait for has a method of its own, and what is set anew after an await is not set before it: every local that lives across
    // an await makes the object larger that each waiting call allocates.
    private async Task<TResponse> PrepareAsync(
        TRequest request, CallPlan plan, ClusterSnapshot snapshot, CallTraits traits, long callDeadline, bool isAsync, CancellationToken cancellationToken)
    {
        // The time of the call runs already: a body that never ends, or a list that does not come, must not hold it for longer.
        var clock = wheel.Rent();
        clock.Start(cluster.Clock.Now, callDeadline, StopCause.CallTimeout, abandonable: null, cancellationToken);
        Exception? error = null;
        try
        {
            if (!snapshot.IsResolved)
            {
                snapshot = await ResolveAsync(isAsync, clock.Token).ConfigureAwait(false);
            }

            if (transport.NeedsPreparation(request, traits))
            {
                traits = await transport.PrepareAsync(request, traits, clock.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            error = e;
        }

        var cause = clock.Finish(mayReuse: false);
        if (error is not null)
        {
            CallErrors.ThrowUnprepared(cluster, error, cause, logger, cancellationToken);
        }

        Task<TResponse> call;
        try
        {
            var now = cluster.Clock.Now;
            call = CallErrors.WaitedTooLong(cluster, plan, traits, callDeadline, now, logger) is { } late
                ? throw late
                : StartAsync(request, plan, snapshot, traits, now, callDeadline, isAsync, cancellationToken);
        }
        catch
        {
            // It is too late, or a policy of the user's has thrown, or what reads the key: nothing that was made ready stays behind.
            transport.Finish(request, null);
            throw;
        }

        return await call.ConfigureAwait(false);
    }

    private Task<TResponse> StartAsync(
        TRequest request, CallPlan plan, ClusterSnapshot snapshot, CallTraits traits, long now, long callDeadline, bool isAsync, CancellationToken cancellationToken)
    {
        if ((traits & CallTraits.HasDeadline) != 0 && CallErrors.TooLate(cluster, callDeadline, now, logger) is { } late)
        {
            transport.Finish(request, null);
            return transport.Refusable(request, Task.FromException<TResponse>(late));
        }

        var key = snapshot.HashKey is { } from ? transport.KeyOf(request, from) : default;
        if (!((traits & CallTraits.Picked) != 0 && TryLeasePicked(snapshot, now, traits, transport.PickedOf(request), out var lease))
            && !TryLease(ref snapshot, now, traits, default, out lease, key))
        {
            return transport.Refusable(request, WaitAsync(request, plan, snapshot, traits, key, callDeadline, isAsync, cancellationToken));
        }

        var clock = Arm(lease, snapshot, plan, traits, key, callDeadline, cancellationToken);
        return plan.Hedging is null
            ? RunAsync(request, plan, traits, lease, clock, callDeadline, isAsync, cancellationToken)
            : HedgeAsync(request, plan, traits, lease, clock, callDeadline, isAsync, cancellationToken);
    }

    private Task<TResponse> HedgeAsync(
        TRequest request, CallPlan plan, CallTraits traits, Lease lease, AttemptClock clock, long callDeadline, bool isAsync, CancellationToken cancellationToken) =>
        isAsync && MayGiveUp(traits) && transport.MayHedge(request)
            ? transport.Refusable(
                request, new HedgedCall<TRequest, TResponse>(this, transport, request, plan, traits, clock.Key, callDeadline, cancellationToken).RunAsync(lease, clock))
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
            if (CallErrors.WaitedTooLong(cluster, plan, traits, callDeadline, lease.StartedAt, logger) is { } late)
            {
                CallAdmission.GiveBack(cluster, lease);
                throw late;
            }

            lease = (traits & CallTraits.Stream) != 0 ? cluster.BeginStream(lease) : lease;
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
            try
            {
                answer = _ends.Succeeded(answer!, lease, verdict, cluster.Clock.Now, plan.AttemptTicks);
            }
            catch
            {
                transport.Finish(request, null);
                throw;
            }

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
            AttemptResult result;
            try
            {
                result = error is null
                    ? _ends.Failed(request, lease, answer, null, verdict, cause)
                    : _ends.Failed(request, traits, lease, error, cause);
            }
            catch
            {
                transport.Finish(request, null);
                throw;
            }

            var flow = new RetryFlow<TRequest, TResponse>(this, request, plan, traits, sameKey, callDeadline, isAsync, cancellationToken);
            answer = await transport.Refusable(request, flow.RunAsync(result)).ConfigureAwait(false);
        }

        return (traits & CallTraits.IsTrial) == 0 && transport.Follow(request, answer, callDeadline, isAsync, cancellationToken) is { } next
            ? await next.ConfigureAwait(false)
            : answer;
    }

    private static bool MayGiveUp(CallTraits traits) => (traits & CallTraits.RepeatableAndReplayable) == CallTraits.RepeatableAndReplayable;

    /// <summary>An endpoint for a call's first attempt, or for a further one, which goes to none of those that were tried.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryLease(ref ClusterSnapshot snapshot, long now, CallTraits traits, List<Endpoint>? tried, out Lease lease, CallKey key)
    {
        var isFirst = tried is null;
        var excluded = CollectionsMarshal.AsSpan(tried);
        var mayProbe = isFirst && MayGiveUp(traits);
        var isLeased = snapshot.IsGated
            ? cluster.Gate.TryLease(ref snapshot, now, mayProbe, excluded, isFirst, out lease, key)
            : LeaseSteps.TryLease(snapshot, now, mayProbe, excluded, out lease, key)
                || LeaseSteps.TryLeaseAnew(cluster, ref snapshot, now, mayProbe, excluded, out lease, key);
        if ((traits & CallTraits.Stream) != 0 && isLeased)
        {
            lease = cluster.BeginStream(lease);
        }

        return isLeased;
    }

    /// <summary>The endpoint that somebody has picked, unless one on probation is due, or the cluster has limits of its own.</summary>
    private bool TryLeasePicked(ClusterSnapshot snapshot, long now, CallTraits traits, Endpoint? picked, out Lease lease)
    {
        lease = default;
        var isLeased = picked is not null && !snapshot.IsGated && LeaseSteps.TryLeasePicked(snapshot, now, MayGiveUp(traits), picked, out lease);
        if (isLeased && (traits & CallTraits.Stream) != 0)
        {
            lease = cluster.BeginStream(lease);
        }

        return isLeased;
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
        var attempt = plan.AttemptTicksOf(traits);
        var deadline = lease.StartedAt + (lease.IsProbation && snapshot.ProbationTicks != 0 && MayGiveUp(traits) ? Math.Min(snapshot.ProbationTicks, attempt) : attempt);
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

        var attemptDeadline = now + plan.AttemptTicksOf(state.Traits);
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
            return _ends.Failed(request, state.Traits, lease, error, clock.FinishFailed(default));
        }

        if (verdict.Kind != OutcomeKind.Success)
        {
            return _ends.Failed(request, lease, answer, null, verdict, clock.FinishFailed(verdict));
        }

        clock.Finish(transport.LetsGoOfToken(request, answer!));
        var end = cluster.Clock.Now;
        return new(_ends.Succeeded(answer!, lease, verdict, end, plan.AttemptTicks), null, verdict, StopCause.None, lease.Endpoint, TimeSpan.FromTicks(end - now), false);
    }

    internal RetryState NewState(CallPlan plan, CallTraits traits, CallKey key, long callDeadline) => new(cluster, plan, traits, key, callDeadline, random, logger);

    internal void Finish(TRequest request, TResponse? response) => transport.Finish(request, response);

    internal void Discard(TResponse response) => transport.Discard(response);

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
