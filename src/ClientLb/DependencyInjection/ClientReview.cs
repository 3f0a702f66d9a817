using ClientLb.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClientLb.DependencyInjection;

/// <summary>
/// Makes each balanced client once when the host starts, so that what <see cref="PipelineReview"/>, <see cref="TimeoutWarning"/> and <see cref="Http.PlanReview"/> have to say is
/// said then, and not at its first call. The pipeline that is made for it is the one that the first call uses.
/// </summary>
internal sealed class ClientReview(IOptions<OwnedClients> clients, IServiceProvider provider, ILoggerFactory loggers) : IHostedService
{
    private readonly ILogger _logger = loggers.CreateLogger("ClientLb.Calls");

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Not through the constructor: hosted services are made before options are validated, and whoever needs them would fail with the first mistake of many.
        var factory = provider.GetRequiredService<IHttpClientFactory>();
        foreach (var name in clients.Value.Balanced)
        {
            try
            {
                factory.CreateClient(name).Dispose();
            }
            catch (Exception e)
            {
                // Its calls will fail with this, as they always did; the rest of the process may have other things to do.
                _logger.ClientMisconfigured(name, $"it can't be made, and its calls will fail: {e.Message}");
            }
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
