using ClientLb.Endpoints;
using ClientLb.Health;

namespace ClientLb.Simulation.Outages;

/// <summary>A probe by TCP connect in virtual time: refused where the process is gone, accepted otherwise, by the kernel of a frozen one too.</summary>
internal sealed class VirtualProbe(Action<Endpoint, TaskCompletionSource<bool>> start) : IEndpointProbe
{
    public Task<bool> ProbeAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        // What waits for it goes on within the event that completes it: with the same seed in the same order.
        var answer = new TaskCompletionSource<bool>();
        start(endpoint, answer);
        return answer.Task;
    }
}
