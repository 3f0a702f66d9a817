using ClientLb.Endpoints;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging;

namespace ClientLb.Health.Checks;

/// <summary>What the active checks of a cluster share with those of others.</summary>
internal sealed record CheckServices(MonotonicClock Clock, IRandomSource Random, ClientLbMetrics Metrics, ILogger Logger, CheckGate Gate)
{
    /// <summary>What checks ask for where the options do not say: the service, without what selects a part of it. <see langword="null"/>: the cluster's name.</summary>
    public string? Host { get; init; }
}
