using ClientLb.Balancing;
using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging;

namespace ClientLb.Clusters;

/// <summary>What every cluster of a process shares.</summary>
internal sealed record ClusterServices(
    MonotonicClock Clock, IRandomSource Random, LoadBalancingPolicies Policies, IEndpointProbe Probe, ClientLbMetrics Metrics, ILogger Logger);
