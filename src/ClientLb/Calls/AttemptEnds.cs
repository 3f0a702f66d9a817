using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Calls;

/// <summary>What becomes of an attempt that has ended: its report, its lease, its answer.</summary>
internal sealed class AttemptEnds<TRequest, TResponse>(Cluster cluster, ITransport<TRequest, TResponse> transport)
    where TRequest : class
    where TResponse : class
{
    /// <summary>A good answer: it is reported, and its lease ends or goes to its body.</summary>
    public TResponse Succeeded(TResponse response, in Lease lease, in AttemptVerdict verdict, long end, long patience)
    {
        if (verdict.IsProvisional)
        {
            lease.Endpoint.Load.NoteByte(end);
            return Deliver(response, lease);
        }

        Report(lease, response, new AttemptReport(OutcomeKind.Success, Evidence.None, lease.StartedAt, end)
        {
            StatusCode = verdict.StatusCode,
            Patience = patience,
            Load = cluster.Snapshot.LoadReports is { } wish ? LoadOf(response, wish) : default,
        });
        return Deliver(response, lease);
    }

    /// <summary>An attempt without an answer.</summary>
    public AttemptResult Failed(TRequest request, CallTraits traits, in Lease lease, Exception exception, StopCause cause) =>
        Failed(request, lease, null, exception, transport.Read(request, exception, cause, (traits & CallTraits.Repeatable) != 0), cause);

    /// <summary>An attempt that is no success, with an answer or without.</summary>
    public AttemptResult Failed(TRequest request, in Lease lease, TResponse? response, Exception? exception, in AttemptVerdict verdict, StopCause cause)
    {
        if (response is not null && verdict.StatusCode == AttemptClock.GatewayTimeout && (cause is StopCause.AttemptTimeout or StopCause.CallTimeout))
        {
            // Not an answer, but the echo of what the server was told: the time is over, and that is how the attempt ends.
            transport.Discard(response);
            var timeout = new TimeoutException("The server has given up at the time that it was told.");
            return Failed(request, lease, null, timeout, transport.Read(request, timeout, cause, isRepeatable: false), cause);
        }

        var now = cluster.Clock.Now;
        var report = new AttemptReport(
            verdict.IsInnocent ? OutcomeKind.Success : verdict.Kind, verdict.IsInnocent ? Evidence.None : verdict.Evidence, lease.StartedAt, now)
        {
            StatusCode = verdict.IsInnocent ? 0 : verdict.StatusCode,
            RetryAfter = verdict.RetryAfter.Ticks,
            IsLowerBound = cause != StopCause.None && IsOldEnough(lease.Endpoint, now - lease.StartedAt),
            Load = response is not null && cluster.Snapshot.LoadReports is { } wish ? LoadOf(response, wish) : default,
        };
        Report(lease, response, report);
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

    private void Report(in Lease lease, TResponse? response, in AttemptReport report)
    {
        try
        {
            cluster.Report(lease, report);
        }
        catch
        {
            // A policy of the user's has thrown: the call fails with it, and nothing of the attempt may stay behind.
            cluster.Release(lease);
            if (response is not null)
            {
                transport.Discard(response);
            }

            throw;
        }
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

    private TResponse Deliver(TResponse response, in Lease lease)
    {
        if (transport.HasOpenBody(response))
        {
            return transport.TrackBody(response, cluster, cluster.BeginStream(lease));
        }

        cluster.Release(lease);
        return response;
    }
}
