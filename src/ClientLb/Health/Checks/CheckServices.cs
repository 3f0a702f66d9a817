using ClientLb.Endpoints;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging;

namespace ClientLb.Health.Checks;

/// <summary>What the active checks of a cluster share with those of others.</summary>
internal sealed record CheckServices(MonotonicClock Clock, IRandomSource Random, ClientLbMetrics Metrics, ILogger Logger, CheckGate Gate);
