using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging;

namespace ClientLb.Clusters;

/// <summary>Says aloud what a turn of the loop has changed. Off every path that a call takes.</summary>
internal static class ClusterReporter
{
    public static void Report(Cluster cluster, ClusterServices services, TableChanges changes)
    {
        var log = services.Logger;
        foreach (var endpoint in changes.Added)
        {
            log.EndpointAdded(cluster.Name, endpoint.ToString(), Describe(endpoint.Descriptor));
        }

        foreach (var (endpoint, before) in changes.Updated)
        {
            log.EndpointChanged(cluster.Name, endpoint.ToString(), Difference(before, endpoint.Descriptor));
        }

        if (changes.Unlisted.Count > 0)
        {
            log.EndpointsUnlisted(cluster.Name, changes.Unlisted.Count, cluster.Discovery.Note ?? "Check the registry, and the rights of its token.");
        }

        if (changes.Relisted.Count > 0)
        {
            log.EndpointsRelisted(cluster.Name, changes.Relisted.Count);
        }

        foreach (var endpoint in changes.Removed)
        {
            log.EndpointRemoved(cluster.Name, endpoint.ToString(), endpoint.Load.InFlight);
        }

        foreach (var endpoint in changes.Retired)
        {
            log.EndpointRetired(cluster.Name, endpoint.ToString());
        }
    }

    public static void Report(Cluster cluster, ClusterServices services, ClusterSnapshot previous, ClusterSnapshot next)
    {
        services.Metrics.Publication(cluster.Name);
        var log = services.Logger;
        if (next.IsResolved && !previous.IsResolved)
        {
            log.Resolved(cluster.Name, next.Endpoints.Count, next.Eligible.Count);
        }

        if (next.IsPanic && next.Eligibility != previous.Eligibility)
        {
            var healthy = next.Endpoints.Count(static e => e.Health.Status.State == HealthState.Healthy && !e.Descriptor.IsDraining
                && e.Descriptor.Status != RegistryStatus.Critical);
            log.PanicBegan(cluster.Name, healthy, next.Endpoints.Count, next.Eligible.Count, next.Eligibility switch
            {
                Eligibility.Panic => "ejections by soft evidence are overlooked",
                Eligibility.HardEjected => "nothing else is left than endpoints that did not answer",
                _ => "nothing else is left than endpoints that the registry calls critical",
            });
        }
        else if (!next.IsPanic && previous.IsPanic)
        {
            log.PanicEnded(cluster.Name);
        }

        if (next.IsResolved && next.Eligible.Count == 0 && (previous.Eligible.Count > 0 || !previous.IsResolved))
        {
            log.NoEndpoints(cluster.Name, next.Endpoints.Count);
        }

        if (!ReferenceEquals(next.Options, previous.Options))
        {
            log.Reloaded($"{ClusterOptions.Section}:{cluster.Name}");
        }
    }

    public static void Report(Cluster cluster, ClusterServices services, Endpoint endpoint, HealthStatus to)
    {
        var log = services.Logger;
        switch (to.State)
        {
            case HealthState.Ejected:
                services.Metrics.Ejection(cluster.Name, endpoint.Id, TagOf(to.Evidence));
                log.Ejected(cluster.Name, endpoint.ToString(), TimeSpan.FromMilliseconds((to.Until - to.Since) / TimeSpan.TicksPerMillisecond), to.Reason);
                break;
            case HealthState.Probation:
                log.OnProbation(cluster.Name, endpoint.ToString(), to.Reason);
                break;
            case HealthState.Healthy:
                log.HealthyAgain(cluster.Name, endpoint.ToString(), to.Reason);
                break;
            default:
                throw new InvalidOperationException($"Unknown state {to.State}.");
        }
    }

    public static void Report(Cluster cluster, ClusterServices services, Endpoint endpoint, CheckStatus from, CheckStatus to)
    {
        // That all is well at the start, of each of thousands of endpoints, is no news.
        if (from.State != CheckState.Unknown || to.State != CheckState.Passing)
        {
            services.Logger.CheckChanged(cluster.Name, endpoint.ToString(), TagOf(to.State), TagOf(from.State), to.Reason);
        }
    }

    /// <summary>The value of a tag, from a closed set.</summary>
    public static string TagOf(CheckState state) => state switch
    {
        CheckState.Unknown => "unknown",
        CheckState.Pending => "pending",
        CheckState.Passing => "passing",
        CheckState.Degraded => "degraded",
        _ => "failing",
    };

    /// <summary>The value of a tag, from a closed set.</summary>
    public static string TagOf(Detector detector) => detector switch
    {
        Detector.ConsecutiveFailures => "consecutive_failures",
        Detector.FailureRate => "failure_rate",
        Detector.SlowCalls => "slow_calls",
        Detector.SuccessRate => "success_rate",
        Detector.Latency => "latency",
        Detector.ClientErrors => "client_errors",
        _ => "active_check",
    };

    /// <summary>What came of a detection: the value of a tag, from a closed set.</summary>
    public static string TagOf(Guard guard) => guard switch
    {
        Guard.None => "ejected",
        Guard.LastOne => "last_one",
        Guard.Share => "share",
        Guard.Capacity => "capacity",
        Guard.EveryoneFails => "everyone_fails",
        _ => "not_enforced",
    };

    /// <summary>The value of a tag, from a closed set.</summary>
    public static string TagOf(Evidence evidence) => evidence switch
    {
        Evidence.None => "none",
        Evidence.Refused => "refused",
        Evidence.Unreachable => "unreachable",
        Evidence.NameNotResolved => "name_not_resolved",
        Evidence.TlsFailed => "tls_failed",
        Evidence.Reset => "reset",
        Evidence.ProtocolError => "protocol_error",
        Evidence.AttemptTimeout => "attempt_timeout",
        Evidence.Stalled => "stalled",
        Evidence.BodyBroken => "body_broken",
        Evidence.ErrorStatus => "error_status",
        Evidence.OverloadStatus => "overload_status",
        Evidence.StreamRefused => "stream_refused",
        Evidence.CallerCancelled => "caller_cancelled",
        Evidence.CallTimeout => "call_timeout",
        Evidence.CallerError => "caller_error",
        Evidence.CheckFailed => "check_failed",
        Evidence.Slow => "slow",
        Evidence.WorseThanPeers => "worse_than_peers",
        Evidence.Ordered => "ordered",
        Evidence.Drained => "drained",
        Evidence.Overtaken => "overtaken",
        Evidence.GrpcStatus => "grpc_status",
        Evidence.ConnectionLimit => "connection_limit",
        _ => "other",
    };

    /// <summary>The value of a tag, from a closed set.</summary>
    public static string TagOf(OutcomeKind kind) => kind switch
    {
        OutcomeKind.Success => "success",
        OutcomeKind.Ignored => "ignored",
        OutcomeKind.NotSent => "not_sent",
        OutcomeKind.Overloaded => "overloaded",
        _ => "failure",
    };

    /// <summary>The state of an endpoint as metrics, messages and tables name it.</summary>
    public static string StateOf(Endpoint endpoint, bool isLeaving, bool isUnlisted)
    {
        var descriptor = endpoint.Descriptor;
        return isLeaving || descriptor.IsDraining || endpoint.Health.Order?.Kind == ManualOrderKind.Drain ? "draining"
            : endpoint.Health.Order is { } order ? order.Kind == ManualOrderKind.Isolate ? "isolated" : "ejected"
            : descriptor.Status == RegistryStatus.Critical ? "critical"
            : endpoint.Health.Status.State switch
            {
                HealthState.Ejected => "ejected",
                HealthState.Probation => "probation",
                _ => endpoint.Health.Check.State == CheckState.Pending || endpoint.Health.IsHeld ? "pending"
                    : endpoint.Health.RestUntil != 0 ? "resting" : isUnlisted ? "unlisted" : endpoint.Health.IsDegraded ? "degraded" : "healthy",
            };
    }

    private static string Describe(EndpointDescriptor d) =>
        FormattableString.Invariant($"weight {d.Weight}, priority {d.Priority}, {d.Status}");

    private static string Difference(EndpointDescriptor a, EndpointDescriptor b)
    {
        var parts = new List<string>();
        if (a.Status != b.Status)
        {
            parts.Add($"{a.Status} -> {b.Status}");
        }

        if (a.Weight != b.Weight)
        {
            parts.Add(FormattableString.Invariant($"weight {a.Weight} -> {b.Weight}"));
        }

        if (a.Priority != b.Priority)
        {
            parts.Add(FormattableString.Invariant($"priority {a.Priority} -> {b.Priority}"));
        }

        if (a.Locality != b.Locality)
        {
            parts.Add($"zone {a.Locality.Zone} -> {b.Locality.Zone}");
        }

        if (!a.Metadata.Equals(b.Metadata))
        {
            parts.Add("metadata");
        }

        return parts.Count == 0 ? "nothing that shows" : string.Join(", ", parts);
    }

    /// <summary>Tells listeners of the application's, each by itself: one that throws silences no other and ends no process.</summary>
    public static void Tell(EventHandler<DrainEnd> handlers, Cluster cluster, DrainEnd end, ILogger logger)
    {
        foreach (var handler in Delegate.EnumerateInvocationList(handlers))
        {
            try
            {
                handler(cluster, end);
            }
#pragma warning disable CA1031 // Whatever it is: this is a thread of the pool, where nobody else catches.
            catch (Exception e)
#pragma warning restore CA1031
            {
                logger.DrainListenerThrew(e, cluster.Name);
            }
        }
    }
}
