using System.Diagnostics.Metrics;
using ClientLb.AspNetCore;
using ClientLb.Endpoints;
using ClientLb.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds what <c>UseClientLb()</c> needs.</summary>
public static class ClientLbServerServiceCollectionExtensions
{
    /// <summary>
    /// Adds the server's side: deadlines, the limit of concurrent requests and reports of load. It takes effect where the pipeline says
    /// <c>app.UseClientLb()</c>.
    /// </summary>
    /// <param name="services">The services. <c>AddClientLb()</c> is not needed.</param>
    /// <param name="configure">Settings in code; they go after those of the section <c>ClientLb:Server</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddClientLbServer(this IServiceCollection services, Action<ClientLbServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (!services.Any(static d => d.ServiceType == typeof(ServerRuntime)))
        {
            services.AddLogging();
            services.AddMetrics();
            services.AddSingleton(static provider => new SectionOptions<ClientLbServerOptions>(
                provider.GetService<IConfiguration>(), ClientLbServerOptions.Schema, static _ => ClientLbServerOptions.SectionName));
            services.AddSingleton<IConfigureOptions<ClientLbServerOptions>>(static p => p.GetRequiredService<SectionOptions<ClientLbServerOptions>>());
            services.AddSingleton<IValidateOptions<ClientLbServerOptions>>(static p => p.GetRequiredService<SectionOptions<ClientLbServerOptions>>());
            services.AddOptions<ClientLbServerOptions>().ValidateOnStart();
            services.AddSingleton(static provider => new ServerMetrics(provider.GetService<IMeterFactory>()));
            services.AddSingleton(static provider => new ServerRuntime(
                provider.GetRequiredService<IOptions<ClientLbServerOptions>>().Value,
                provider.GetService<TimeProvider>() ?? TimeProvider.System,
                provider.GetService<IRandomSource>() ?? ThreadRandomSource.Instance,
                provider.GetRequiredService<ServerMetrics>(),
                provider.GetRequiredService<ILoggerFactory>().CreateLogger(ClientLbServerTelemetry.MeterName),
                static () => Environment.CpuUsage.TotalTime));
        }

        if (configure is not null)
        {
            services.Configure(configure);
        }

        return services;
    }
}
