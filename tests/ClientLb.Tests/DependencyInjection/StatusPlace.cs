namespace ClientLb.Tests.DependencyInjection;

/// <summary>Where the status of a gRPC call stands.</summary>
public enum StatusPlace
{
    /// <summary>In the headers: there is nothing else.</summary>
    Headers,

    /// <summary>In the trailers.</summary>
    Trailers,
}
