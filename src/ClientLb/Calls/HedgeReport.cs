using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging;

namespace ClientLb.Calls;

/// <summary>What is said of hedges and of those that lost: to the endpoint, to metrics and to the log.</summary>
internal static class HedgeReport
{
    /// <summary>
    /// Another attempt was quicker. What this one had time for is a lower bound of what it would have taken, and nobody is blamed. Its answer is dropped, its lease
    /// ends.
    /// </summary>
    public static void Overtaken<TRequest, TResponse>(
        Cluster cluster, ITransport<TRequest, TResponse> transport, TRequest request, HedgedAttempt<TRequest> attempt,
        (TResponse? Answer, AttemptVerdict Verdict, Exception? Error, StopCause Cause) end, long delay)
        where TRequest : class
        where TResponse : class
    {
        var lease = attempt.Lease;
        var verdict = end.Error is null ? end.Verdict : transport.Read(request, end.Error, end.Cause, isRepeatable: true);

        // What came in the same moment all the same is told as it is: an answer, a deadline that had passed, a connection refused.
        var isTrue = end.Cause != StopCause.Overtaken || verdict.Kind is OutcomeKind.Success or OutcomeKind.NotSent;
        var endedAt = isTrue ? cluster.Clock.Now : attempt.OvertakenAt;

        // A hedge that had hardly begun says nothing; who took longer than most do was slow.
        try
        {
            cluster.Report(lease, isTrue
                ? new AttemptReport(verdict.Kind, verdict.Evidence, lease.StartedAt, endedAt) { StatusCode = verdict.StatusCode, RetryAfter = verdict.RetryAfter.Ticks }
                : new AttemptReport(OutcomeKind.Ignored, Evidence.Overtaken, lease.StartedAt, endedAt) { IsLowerBound = endedAt - lease.StartedAt >= delay });
        }
        finally
        {
            if (end.Answer is not null)
            {
                transport.Discard(end.Answer);
            }

            cluster.Release(lease);
        }
    }

    /// <summary>Counts what came of a hedge. An attempt that was made because another one had failed is a retry, and counted there.</summary>
    public static void Count<TRequest>(Cluster cluster, HedgedAttempt<TRequest> attempt, string result)
        where TRequest : class
    {
        if (attempt.IsHedge)
        {
            cluster.Metrics.Hedge(cluster.Name, result);
        }
    }

    public static void Made<TRequest>(Cluster cluster, ILogger logger, HedgedAttempt<TRequest> slow, HedgedAttempt<TRequest> hedge, long delay)
        where TRequest : class
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            logger.Hedged(cluster.Name, slow.Number, slow.Lease.Endpoint.ToString(), TimeSpan.FromTicks(delay), hedge.Lease.Endpoint.ToString());
        }
    }

    public static void NotMade<TRequest>(Cluster cluster, ILogger logger, HedgedAttempt<TRequest> slow, string why)
        where TRequest : class
    {
        cluster.Metrics.Hedge(cluster.Name, "not_sent");
        if (logger.IsEnabled(LogLevel.Debug))
        {
            logger.NotHedged(cluster.Name, slow.Number, slow.Lease.Endpoint.ToString(), why);
        }
    }
}
