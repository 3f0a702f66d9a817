namespace ClientLb.Grpc.Tests.Infrastructure;

/// <summary>What a server says of its calls.</summary>
/// <param name="Begun">How many have come.</param>
/// <param name="Open">How many are open.</param>
/// <param name="Cancelled">How many were cancelled by their callers.</param>
internal sealed record ParrotState(int Begun, int Open, int Cancelled);
