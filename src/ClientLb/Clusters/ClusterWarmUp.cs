using ClientLb.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClientLb.Clusters;

/// <summary>Resolves clusters before the host reports that it is ready, so that the first call finds its endpoints.</summary>
internal sealed class ClusterWarmUp(ClusterRegistry clusters, IOptions<ClusterWarmUpOptions> options, TimeProvider timeProvider, ILogger<ClusterWarmUp> logger)
    : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(options.Value.Clusters.Distinct(StringComparer.OrdinalIgnoreCase).Select(name => ResolveAsync(name, cancellationToken)));

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task ResolveAsync(string name, CancellationToken cancellationToken)
    {
        var timeout = options.Value.Timeout;
        try
        {
            var snapshot = await clusters.Get(name).ResolvedAsync(cancellationToken).AsTask()
                .WaitAsync(timeout, timeProvider, cancellationToken).ConfigureAwait(false);
            if (snapshot.IsResolved)
            {
                return;
            }
        }
        catch (TimeoutException)
        {
            // Said below.
        }

        logger.WarmUpTimedOut(name, timeout);
    }
}
