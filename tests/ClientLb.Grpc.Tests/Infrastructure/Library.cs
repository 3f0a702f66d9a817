namespace ClientLb.Grpc.Tests.Infrastructure;

/// <summary>On what a server stands.</summary>
public enum Library
{
    /// <summary>Google's gRPC core, by Python.</summary>
    Python,

    /// <summary>@grpc/grpc-js.</summary>
    Node,

    /// <summary>Kestrel, with gRPC written by hand.</summary>
    Kestrel,
}
