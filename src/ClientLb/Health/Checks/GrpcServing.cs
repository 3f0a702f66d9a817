namespace ClientLb.Health.Checks;

/// <summary>What <c>grpc.health.v1</c> says of a service, with the numbers of its protocol.</summary>
internal enum GrpcServing
{
    Unknown = 0,
    Serving = 1,
    NotServing = 2,

    /// <summary>The server does not have the service. <c>Watch</c> alone says so; <c>Check</c> ends with the status NOT_FOUND.</summary>
    ServiceUnknown = 3,
}
