namespace ClientLb.Health.Checks;

/// <summary>The HTTP clients of checks. They show up in no trace and no metric of the host's.</summary>
internal static class ProbeHandler
{
    /// <summary>The one for requests over HTTP/1.1 of the whole process. Each says that its connection closes.</summary>
    public static HttpMessageInvoker Shared { get; } = new(Create());

    /// <summary>One of its own: with HTTP/2 a connection is closed by disposing its handler.</summary>
    public static SocketsHttpHandler Create() => new()
    {
        ActivityHeadersPropagator = null,
        AllowAutoRedirect = false,
        ConnectCallback = ProbeConnection.ConnectAsync,
        MeterFactory = ProbeMeterFactory.Instance,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5),
        UseCookies = false,
        UseProxy = false,
    };
}
