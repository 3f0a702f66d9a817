using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Samples.Failover.Load;
using ClientLb.Samples.Failover.Observation;
using ClientLb.Samples.Failover.Runs;
using ClientLb.Samples.Failover.Scenarios;

namespace ClientLb.Samples.Failover.Display;

/// <summary>What there is to see of a run.</summary>
internal sealed record RunMonitor(
    Fault Fault, string Registry, RunTimes Times, Cluster Cluster, AttemptMeter Meter, LoadGenerator Load, Journal Journal)
{
    private readonly long _born = MonotonicClock.System.Now;

    /// <summary>Seconds since the run began.</summary>
    public double Seconds => SecondsAt(MonotonicClock.System.Now);

    /// <summary>Seconds since the run began, at another time.</summary>
    public double SecondsAt(long ticks) => (ticks - _born) / (double)MonotonicClock.TicksPerSecond;

    public int Failed => Load.Calls.Count(static c => c.IsFailed);

    /// <summary>Every endpoint that the cluster knows.</summary>
    public IReadOnlyList<EndpointRow> Rows()
    {
        var since = MonotonicClock.System.Now - MonotonicClock.TicksPerSecond;
        var recent = Meter.Attempts.Where(a => a.EndedAt >= since).ToLookup(static a => a.Endpoint);
        var snapshot = Cluster.Snapshot;
        return
        [
            .. snapshot.Endpoints
                .Select(endpoint => Row(endpoint, snapshot, [.. recent[AttemptMeter.NameOf(endpoint.Id)].Select(static a => a.Duration).Order()]))
                .OrderBy(static row => row.Name, StringComparer.Ordinal),
        ];
    }

    private static EndpointRow Row(Endpoint endpoint, ClusterSnapshot snapshot, long[] durations)
    {
        var (health, why) = HealthOf(endpoint, snapshot);
        return new(
            AttemptMeter.NameOf(endpoint.Id),
            endpoint.Authority,
            durations.Length,
            Milliseconds(durations, 0.5),
            Milliseconds(durations, 0.99),
            endpoint.Load.InFlight,
            health,
            why);
    }

    private static (string Health, string Why) HealthOf(Endpoint endpoint, ClusterSnapshot snapshot)
    {
        var status = endpoint.Health.Status;
        return status.State switch
        {
            HealthState.Ejected => ("ejected", status.Reason),
            HealthState.Probation => ("probation", status.Reason),
            _ when endpoint.Descriptor.Status == RegistryStatus.Critical => ("critical", "the registry says so"),
            _ when !snapshot.Eligible.Contains(endpoint) => ("leaving", "the registry no longer lists it"),
            _ => ("healthy", ""),
        };
    }

    private static double? Milliseconds(long[] sorted, double fraction) =>
        sorted.Length == 0 ? null : sorted[(int)((sorted.Length - 1) * fraction)] / (double)TimeSpan.TicksPerMillisecond;
}
