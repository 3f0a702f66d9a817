namespace ClientLb.Http.Grpc;

/// <summary>An attempt was stopped after its headers and before its first message.</summary>
internal sealed class GrpcSilentException(OperationCanceledException cause) : OperationCanceledException("The headers of the answer have come, and no message.", cause, cause.CancellationToken);
