using ClientLb.Endpoints;

namespace ClientLb.Grpc.Tests.Infrastructure;

/// <summary>A server of the service Parrot.</summary>
internal interface IParrot : IAsyncDisposable
{
    /// <summary>Where it listens.</summary>
    EndpointDescriptor Descriptor { get; }

    /// <summary>From now on every call ends with this status.</summary>
    Task FailAsync(int status, StatusPlace place);

    /// <summary>Ends that.</summary>
    Task HealAsync();

    /// <summary>What has become of the calls.</summary>
    Task<ParrotState> StateAsync();
}
