using Microsoft.Extensions.Hosting;

namespace ClientLb.TestBackend;

/// <summary>Leaves the signals of the process alone: a server in a test must not catch them.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
