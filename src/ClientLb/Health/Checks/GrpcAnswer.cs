namespace ClientLb.Health.Checks;

/// <summary>One thing that a server of <c>grpc.health.v1</c> has said: a message, or the end of the call.</summary>
/// <param name="Serving">What the message says; <see langword="null"/> where there is none.</param>
/// <param name="Status">The status of the call, by gRPC's number; <see cref="Open"/> while it goes on.</param>
/// <param name="Message">The status's own words.</param>
internal readonly record struct GrpcAnswer(GrpcServing? Serving, int Status, string? Message = null)
{
    /// <summary>The call goes on.</summary>
    public const int Open = -1;

    /// <summary>The answer was none of gRPC: another status of HTTP, another content type, a message that can't be read.</summary>
    public const int NotGrpc = -2;

    public const int Ok = 0;

    public const int Unimplemented = 12;

    /// <summary>The verdict of a check that ended so.</summary>
    public CheckFinding ToFinding() => (Status, Serving) switch
    {
        (Ok or Open, GrpcServing.Serving) => CheckFinding.Passed,
        (Ok or Open, GrpcServing.NotServing) => CheckFinding.Failed("said NOT_SERVING"),
        (Ok or Open, GrpcServing.ServiceUnknown) => CheckFinding.Failed("said SERVICE_UNKNOWN"),
        (Ok or Open, _) => CheckFinding.Failed("said UNKNOWN"),
        (NotGrpc, _) => CheckFinding.Failed(Message ?? "got an answer that is not gRPC"),
        _ => CheckFinding.Failed(FormattableString.Invariant($"ended with gRPC status {Status}") + (Message is { Length: > 0 } ? $" ({Message})" : "")),
    };
}
