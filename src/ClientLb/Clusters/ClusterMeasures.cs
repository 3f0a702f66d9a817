using System.Diagnostics.Metrics;
using ClientLb.Admission;
using ClientLb.Telemetry;

namespace ClientLb.Clusters;

/// <summary>What is read of a cluster when somebody looks at its metrics.</summary>
internal static class ClusterMeasures
{
    public static IEnumerable<Measurement<long>> InFlight(Cluster cluster) =>
        cluster.Snapshot.Endpoints.Select(endpoint => new Measurement<long>(endpoint.Load.InFlight, Of(cluster), Tag(ClientLbTelemetry.EndpointTag, endpoint.Id)));

    public static IEnumerable<Measurement<long>> Endpoints(Cluster cluster) =>
        cluster.Loop.CountStates().Select(state => new Measurement<long>(state.Value, Of(cluster), Tag(ClientLbTelemetry.StateTag, state.Key)));

    /// <summary>Nothing before the first list.</summary>
    public static IEnumerable<Measurement<double>> DiscoveryAge(Cluster cluster) =>
        cluster.DiscoveryAge is { } age ? [new Measurement<double>(age.TotalSeconds, Of(cluster))] : [];

    /// <summary>Those that are in force.</summary>
    public static IEnumerable<Measurement<long>> AdaptiveLimits(Cluster cluster)
    {
        foreach (var endpoint in cluster.Snapshot.Endpoints)
        {
            if (endpoint.Limits.Distress is { } limit)
            {
                yield return new(limit.Whole, Of(cluster), Tag(ClientLbTelemetry.EndpointTag, endpoint.Id));
            }
        }
    }

    /// <summary>Nothing where a cluster has no breaker.</summary>
    public static IEnumerable<Measurement<long>> Breaker(Cluster cluster) => !cluster.Breaker.IsEnabled ? [] :
    [
        new(1, Of(cluster), Tag(ClientLbTelemetry.StateTag, cluster.Breaker.State switch
        {
            BreakerState.Open => "open",
            BreakerState.HalfOpen => "half_open",
            BreakerState.Isolated => "isolated",
            _ => "closed",
        })),
    ];

    public static Measurement<long> Waiting(Cluster cluster) => new(cluster.Gate.Waiting, Of(cluster));

    private static KeyValuePair<string, object?> Of(Cluster cluster) => Tag(ClientLbTelemetry.ClusterTag, cluster.Name);

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
