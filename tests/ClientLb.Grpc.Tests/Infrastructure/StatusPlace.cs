namespace ClientLb.Grpc.Tests.Infrastructure;

/// <summary>Where a server says how a call has ended.</summary>
public enum StatusPlace
{
    /// <summary>In the headers, and nothing else is sent.</summary>
    Headers,

    /// <summary>In the trailers, after headers that say 200.</summary>
    Trailers,
}
