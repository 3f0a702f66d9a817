using ClientLb.Endpoints;
using ClientLb.Health;

namespace ClientLb.Simulation.Dispatch;

/// <summary>A probe by TCP connect: every server listens. One that fails fast accepts connections, and for a frozen one its kernel does.</summary>
internal sealed class ListeningProbe : IEndpointProbe
{
    private static readonly Task<bool> Yes = Task.FromResult(true);

    public static ListeningProbe Instance { get; } = new();

    public Task<bool> ProbeAsync(Endpoint endpoint, CancellationToken cancellationToken) => Yes;
}
