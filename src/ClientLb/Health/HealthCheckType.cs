namespace ClientLb.Health;

/// <summary>How endpoints are checked apart from calls.</summary>
public enum HealthCheckType
{
    /// <summary>They are not, unless code sets <see cref="HealthCheckOptions.Check"/>.</summary>
    None,

    /// <summary>A request over HTTP/1.1: its status, and its body where that is asked for.</summary>
    Http,

    /// <summary>A TCP connect.</summary>
    Tcp,

    /// <summary>The method <c>Check</c> of <c>grpc.health.v1.Health</c>.</summary>
    Grpc,

    /// <summary>
    /// The method <c>Watch</c> of <c>grpc.health.v1.Health</c>, a stream that is held open, so that news comes at once; and <c>Check</c> each interval over the
    /// same connection, which shows that the server is still there.
    /// </summary>
    GrpcWatch,
}
