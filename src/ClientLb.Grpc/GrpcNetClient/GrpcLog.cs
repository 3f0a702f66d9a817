using Microsoft.Extensions.Logging;

namespace ClientLb.Grpc.GrpcNetClient;

/// <summary>What gRPC channels say aloud.</summary>
internal static partial class GrpcLog
{
    [LoggerMessage(EventId = 700, Level = LogLevel.Warning, Message = "A gRPC call to {Authority} passes through without ClientLb's leases, health and retries: its address does not come from consul:/// or clientlb:///.")]
    public static partial void PassedThrough(ILogger logger, string authority);

    [LoggerMessage(EventId = 701, Level = LogLevel.Information, Message = "The service config of a gRPC channel has a retry or hedging policy: gRPC makes the further attempts, and ClientLb none, so that nothing is retried twice.")]
    public static partial void RetriesAreGrpcs(ILogger logger);

    [LoggerMessage(EventId = 702, Level = LogLevel.Error, Message = "The gRPC channel to {Address} has not taken the endpoints of its cluster; it is told again when they change.")]
    public static partial void NotTaken(ILogger logger, string address, Exception exception);
}
