using Microsoft.Extensions.Logging;

namespace ClientLb.Telemetry;

/// <summary>What calls and faces say in the log: nothing on the happy path. Ids 300 to 399.</summary>
internal static partial class CallLog
{
    [LoggerMessage(300, LogLevel.Debug, "Cluster {Cluster}: attempt {Attempt} at {Endpoint} ended with {Outcome} ({Evidence}); another one follows in {Delay}.")]
    public static partial void Retrying(this ILogger logger, string cluster, int attempt, string endpoint, string outcome, string evidence, TimeSpan delay);

    [LoggerMessage(301, LogLevel.Debug, "{Message}")]
    public static partial void CallFailed(this ILogger logger, string message);

    [LoggerMessage(302, LogLevel.Warning, "Client {Client}: a request to {Authority} passes through without load balancing: no cluster has that name. Did you mean {Cluster}?")]
    public static partial void NearlyACluster(this ILogger logger, string client, string authority, string cluster);

    [LoggerMessage(303, LogLevel.Warning, "Client {Client}: {Problem}")]
    public static partial void ClientMisconfigured(this ILogger logger, string client, string problem);

    [LoggerMessage(304, LogLevel.Warning, "Client {Client}: the rule in Outcomes.IsFailure has thrown; the other rules decide. Said once.")]
    public static partial void IsFailureThrew(this ILogger logger, Exception exception, string client);

    [LoggerMessage(310, LogLevel.Debug, "Cluster {Cluster}: attempt {Attempt} at {Endpoint} has not answered within {Delay}; another one is made at {Other}.")]
    public static partial void Hedged(this ILogger logger, string cluster, int attempt, string endpoint, TimeSpan delay, string other);

    [LoggerMessage(311, LogLevel.Debug, "Cluster {Cluster}: attempt {Attempt} at {Endpoint} takes long, and no other one is made: {Why}.")]
    public static partial void NotHedged(this ILogger logger, string cluster, int attempt, string endpoint, string why);
}
