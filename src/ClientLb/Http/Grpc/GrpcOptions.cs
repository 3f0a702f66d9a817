using ClientLb.Settings;

namespace ClientLb.Http.Grpc;

/// <summary>
/// How a client treats gRPC calls, which it recognises by their content type: what their statuses say of the endpoint, and which calls may be made again. Section
/// <c>ClientLb:Clients:{name}:Grpc</c>.
/// </summary>
public sealed class GrpcOptions
{
    /// <summary>
    /// Methods that may be carried out more than once: <c>/package.Service/Method</c>, with a <c>*</c> at the end for all that begin so. Nothing on the wire tells, so the default is none. Calls with
    /// the metadata <c>idempotency-key</c> (<see cref="Calls.RetryOptions.IdempotencyHeader"/>) may be repeated too; others only where they provably reached nobody.
    /// </summary>
    public IList<string> IdempotentMethods { get; } = [];

    /// <summary>
    /// Statuses after which a call that may be repeated is made again (gRFC A6's <c>retryableStatusCodes</c>), unless the server says no by
    /// <c>grpc-retry-pushback-ms</c>. Default <c>UNAVAILABLE</c>, the one that gRPC calls transient, and <c>RESOURCE_EXHAUSTED</c>, which another endpoint may not say.
    /// </summary>
    public IList<string> RetryableStatuses { get; } = ["UNAVAILABLE", "RESOURCE_EXHAUSTED"];

    /// <summary>
    /// Statuses that count against the endpoint. Default <c>UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE, DATA_LOSS</c>, as in linkerd. <c>RESOURCE_EXHAUSTED</c> rests the endpoint and
    /// stands here or not.
    /// </summary>
    public IList<string> FailureStatuses { get; } = ["UNKNOWN", "DEADLINE_EXCEEDED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"];

    internal static SettingsSchema<GrpcOptions> Schema { get; } = new SettingsSchema<GrpcOptions>()
        .List(nameof(IdempotentMethods), static o => o.IdempotentMethods, GrpcMethods.IsPattern, "/package.Service/Method, or a beginning of it and *")
        .List(nameof(RetryableStatuses), static o => o.RetryableStatuses, static text => GrpcStatus.TryParseName(text, out _), "names of gRPC statuses, for example UNAVAILABLE")
        .List(nameof(FailureStatuses), static o => o.FailureStatuses, static text => GrpcStatus.TryParseName(text, out _), "names of gRPC statuses, for example INTERNAL");
}
