using ClientLb.Balancing;
using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Health.Checks;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging;

namespace ClientLb.Clusters;

/// <summary>What every cluster of a process shares.</summary>
internal sealed record ClusterServices(
    MonotonicClock Clock, IRandomSource Random, LoadBalancingPolicies Policies, IEndpointProbe Probe, ClientLbMetrics Metrics, ILogger Logger)
{
    /// <summary>How many active checks may be in flight at once: one limit for the process.</summary>
    public CheckGate CheckGate { get; init; } = CheckGate.Process;
}
