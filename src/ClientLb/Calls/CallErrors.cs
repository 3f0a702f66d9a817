using System.Runtime.ExceptionServices;
using ClientLb.Admission;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging;

namespace ClientLb.Calls;

/// <summary>The errors of calls without an answer: what happened, where, and what to look at.</summary>
internal static class CallErrors
{
    public static CallFailedException NotResolved(Cluster cluster, ILogger logger)
    {
        var discovery = cluster.Discovery;
        var why = discovery.LastError is null ? "The source has not answered yet." : $"The source's last error: {discovery.LastError}";
        return Make(cluster, logger, CallFailureReason.NotResolved, [], null, HttpRequestError.NameResolutionError,
            $"Cluster '{cluster.Name}' has no list of endpoints yet (waited {cluster.Snapshot.Options.FirstResolution.TotalSeconds:0.###} s from its start). {why}");
    }

    public static CallFailedException NoEndpoints(Cluster cluster, ILogger logger)
    {
        var snapshot = cluster.Snapshot;
        var known = snapshot.Endpoints.Count == 0
            ? "its source knows none. Is the service registered under this name, and may the token read it?"
            : "of those known none may be used: " + string.Join("; ", cluster.Loop.States().Take(10).Select(static e => $"{e.Endpoint} is {e.State}")) + ".";
        var note = cluster.Discovery.Note is { } text ? " " + text : "";
        return Make(cluster, logger, CallFailureReason.NoEndpoints, [], null, HttpRequestError.NameResolutionError,
            $"Cluster '{cluster.Name}' has no endpoint for this call: {known}{note}");
    }

    public static CallFailedException Failed(Cluster cluster, RetryState state, in AttemptResult last, ILogger logger)
    {
        var attempts = state.Failures;
        if (attempts.Count == 0 && last.Endpoint is not null)
        {
            attempts = [new FailedAttempt(last.Endpoint.ToString(), last.Verdict.Kind, last.Verdict.Evidence, last.Duration, DetailOf(cluster, last))];
        }

        var reason = last.Cause == StopCause.CallTimeout ? CallFailureReason.DeadlineExceeded : state.Reason;
        var why = reason switch
        {
            CallFailureReason.NotRepeatable => "It may have reached the endpoint and is not idempotent, so it was not repeated (an Idempotency-Key header would allow it)",
            CallFailureReason.BudgetSpent => "The cluster's retry budget is spent: too many calls fail",
            CallFailureReason.DeadlineExceeded => "The time of the call was up",
            CallFailureReason.AllAtLimit => "All other endpoints were at their limit (ClientLb:Clusters:" + cluster.Name + ":Limits), where only first attempts wait",
            _ => "No further attempt was allowed",
        };
        cluster.Breaker.Count(isSuccess: false);
        return Make(cluster, logger, reason, attempts, last.Exception, (last.Exception as HttpRequestException)?.HttpRequestError ?? ErrorOf(last.Verdict.Evidence),
            $"Call to cluster '{cluster.Name}' failed after {attempts.Count} attempt(s). {why}. Tried: {string.Join("; ", attempts)}.");
    }

    /// <summary>Throws what came of a call that was not ready for its first attempt.</summary>
    /// <exception cref="CallFailedException">The time of the call was up.</exception>
    /// <exception cref="TaskCanceledException">The caller gave up.</exception>
    public static void ThrowUnprepared(Cluster cluster, Exception error, StopCause cause, ILogger logger, CancellationToken cancellationToken)
    {
        if (error is OperationCanceledException && cause == StopCause.CallTimeout)
        {
            var what = cluster.Snapshot.IsResolved ? "the body of the request was still being read, which is done first so that it can be sent again" : "the first list of endpoints was still awaited";
            throw Make(cluster, logger, CallFailureReason.DeadlineExceeded, [], error, HttpRequestError.Unknown,
                $"Call to cluster '{cluster.Name}' failed before its first attempt: its time was up while {what}.");
        }

        if (error is OperationCanceledException && cause == StopCause.Caller)
        {
            throw new TaskCanceledException(error.Message, error, cancellationToken);
        }

        ExceptionDispatchInfo.Throw(error);
    }

    /// <summary>What a failed attempt says of itself.</summary>
    public static string DetailOf(Cluster cluster, in AttemptResult result) => result.Verdict.Evidence == Evidence.Drained
        ? FormattableString.Invariant($"cut off: the endpoint drained for {cluster.Snapshot.Options.Drain.TotalSeconds:0.###} s, which is all the time that calls in flight get")
        : result.Exception is OperationCanceledException { InnerException: TimeoutException timeout } ? timeout.Message
        : result.Exception?.Message ?? EvidenceText.OfStatus(result.Verdict.StatusCode);

    /// <summary>So little time is left that no attempt would be answered within it.</summary>
    /// <returns>The error; <see langword="null"/> where there is time.</returns>
    public static CallFailedException? TooLate(Cluster cluster, long callDeadline, long now, ILogger logger)
    {
        var left = callDeadline - now;
        var floor = cluster.AnswerFloor.Of(cluster.Snapshot, now);
        return left >= floor ? null : Make(cluster, logger, CallFailureReason.DeadlineExceeded, [], null, HttpRequestError.Unknown,
            $"Call to cluster '{cluster.Name}' was not made: {Milliseconds(Math.Max(0, left)):0.###} ms are left until its deadline, and hardly any answer comes within {Milliseconds(floor):0.###} ms.");
    }

    /// <summary>
    /// A call has waited before its first attempt, for a place, for its body or for the first list, and so little of its time is left that none would be answered. One without a
    /// deadline of its own is held to that only where its client's time limit would do: where not even that does, it is tried all the same, as without a wait.
    /// </summary>
    /// <returns>The error; <see langword="null"/> where there is time.</returns>
    public static CallFailedException? WaitedTooLong(Cluster cluster, CallPlan plan, CallTraits traits, long callDeadline, long now, ILogger logger) =>
        (traits & CallTraits.HasDeadline) != 0 || plan.CallTicksOf(traits) >= cluster.AnswerFloor.Of(cluster.Snapshot, now)
            ? TooLate(cluster, callDeadline, now, logger)
            : null;

    /// <summary>No place, and the call may not wait for one.</summary>
    public static CallFailedException AllAtLimit(Cluster cluster, ClusterSnapshot snapshot, ILogger logger)
    {
        var section = $"{ClusterOptions.Section}:{cluster.Name}:Limits";
        var length = snapshot.Options.Limits.QueueLength;
        cluster.Metrics.Refusal(cluster.Name, length > 0 ? "queue_full" : cluster.Gate.IsFull(snapshot) ? "cluster" : "endpoints");
        var queue = length > 0
            ? $"{length} calls wait for a place already, as many as {section}:QueueLength allows"
            : $"To let calls wait for a place, set {section}:QueueLength";
        return Make(cluster, logger, CallFailureReason.AllAtLimit, [], null, HttpRequestError.Unknown,
            $"Cluster '{cluster.Name}' refused the call: {Limits(cluster, snapshot, section)}. {queue}.");
    }

    /// <summary>The call has waited for a place, and none became free.</summary>
    public static CallFailedException QueueTimeout(Cluster cluster, TimeSpan waited, ILogger logger)
    {
        var section = $"{ClusterOptions.Section}:{cluster.Name}:Limits";
        cluster.Metrics.Refusal(cluster.Name, "queue_timeout");
        return Make(cluster, logger, CallFailureReason.QueueTimeout, [], null, HttpRequestError.Unknown,
            $"Cluster '{cluster.Name}' refused the call: no place became free within {waited.TotalSeconds:0.###} s (the least of {section}:QueueTimeout and the time of the call). {Limits(cluster, cluster.Snapshot, section)}.");
    }

    /// <summary>The cluster's breaker is not closed.</summary>
    public static CallFailedException BreakerOpen(Cluster cluster, ClusterBreaker breaker, ILogger logger)
    {
        cluster.Metrics.Refusal(cluster.Name, "breaker");
        var why = breaker.State switch
        {
            BreakerState.Isolated => $"its breaker is isolated by order ({breaker.Order}), until Cluster.Breaker.Close",
            BreakerState.Open => FormattableString.Invariant($"its breaker is open for another {breaker.OpenFor.TotalSeconds:0.###} s"),
            _ => "its breaker is half-open, and the one call that is made as a trial has not ended",
        };
        return Make(cluster, logger, CallFailureReason.BreakerOpen, [], null, HttpRequestError.Unknown,
            $"Cluster '{cluster.Name}' refused the call: {why}. It opens when too many calls fail ({ClusterOptions.Section}:{cluster.Name}:Breaker).");
    }

    private static double Milliseconds(long ticks) => TimeSpan.FromTicks(ticks).TotalMilliseconds;

    private static string Limits(Cluster cluster, ClusterSnapshot snapshot, string section)
    {
        if (cluster.Gate.IsFull(snapshot))
        {
            return FormattableString.Invariant($"{cluster.Gate.InFlight} attempts are in flight in the cluster, as many as {section}:InFlight allows");
        }

        var full = snapshot.Eligible.Concat(snapshot.Reserve).Where(static endpoint => endpoint.Load.IsAtLimit).ToList();
        return full.Count == 0
            ? "others waited before it"
            : FormattableString.Invariant($"every endpoint that may be used is at its limit ({full.Count}): ")
                + string.Join("; ", full.Take(10).Select(endpoint => Limit(endpoint, section)));
    }

    private static string Limit(Endpoint endpoint, string section) => endpoint.Limits.Distress is { } distress && distress.Whole <= endpoint.Limits.Fixed
        ? FormattableString.Invariant($"{endpoint} has {endpoint.Load.Awaiting} in flight and may have {distress.Whole} since it was seen in distress ({section}:Adaptive)")
        : FormattableString.Invariant($"{endpoint} has {endpoint.Load.Awaiting} in flight and may have {endpoint.Limits.Fixed} ({section}:EndpointInFlight)");

    private static CallFailedException Make(Cluster cluster, ILogger logger, CallFailureReason reason, IReadOnlyList<FailedAttempt> attempts,
        Exception? inner, HttpRequestError error, FormattableString message)
    {
        var text = FormattableString.Invariant(message);
        if (cluster.Metrics.CallsEnabled)
        {
            cluster.Metrics.Call(cluster.Name, TagOf(reason));
        }

        if (logger.IsEnabled(LogLevel.Debug))
        {
            logger.CallFailed(text);
        }

        return new CallFailedException(reason, cluster.Name, attempts, text, inner, error);
    }

    private static HttpRequestError ErrorOf(Evidence evidence) => evidence switch
    {
        Evidence.Refused or Evidence.Unreachable => HttpRequestError.ConnectionError,
        Evidence.NameNotResolved => HttpRequestError.NameResolutionError,
        Evidence.TlsFailed => HttpRequestError.SecureConnectionError,
        Evidence.Reset or Evidence.BodyBroken => HttpRequestError.ResponseEnded,
        _ => HttpRequestError.Unknown,
    };

    private static string TagOf(CallFailureReason reason) => reason switch
    {
        CallFailureReason.NoEndpoints => "no_endpoints",
        CallFailureReason.NotResolved => "not_resolved",
        CallFailureReason.NotRepeatable => "not_repeatable",
        CallFailureReason.BudgetSpent => "budget_spent",
        CallFailureReason.DeadlineExceeded => "deadline_exceeded",
        CallFailureReason.AllAtLimit => "all_at_limit",
        CallFailureReason.QueueTimeout => "queue_timeout",
        CallFailureReason.BreakerOpen => "breaker_open",
        _ => "attempts_failed",
    };
}
