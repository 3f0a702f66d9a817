using ClientLb.DependencyInjection;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClientLb.ServiceDiscovery.Bridge;

/// <summary>Takes endpoints from Microsoft.Extensions.ServiceDiscovery.</summary>
public static class ServiceDiscoveryClientLbBuilderExtensions
{
    /// <summary>
    /// Adds the registered providers of Microsoft.Extensions.ServiceDiscovery as a source of endpoints, <c>service_discovery</c>. It serves every cluster that no source
    /// before it serves. Register the providers as there: <c>AddServiceDiscoveryCore()</c> and what adds them.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets options; it goes after those of the section <c>ClientLb:ServiceDiscovery</c>.</param>
    /// <returns>The builder.</returns>
    public static IClientLbBuilder AddServiceDiscoverySource(this IClientLbBuilder builder, Action<ServiceDiscoverySourceOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        if (!services.Any(static d => d.ServiceType == typeof(ServiceDiscoveryEndpointSource)))
        {
            services.AddSingleton(static provider => new SectionOptions<ServiceDiscoverySourceOptions>(
                provider.GetService<IConfiguration>(), ServiceDiscoverySourceOptions.Schema, static _ => ServiceDiscoverySourceOptions.SectionName));
            services.AddSingleton<IConfigureOptions<ServiceDiscoverySourceOptions>>(static p => p.GetRequiredService<SectionOptions<ServiceDiscoverySourceOptions>>());
            services.AddSingleton<IValidateOptions<ServiceDiscoverySourceOptions>>(static p => p.GetRequiredService<SectionOptions<ServiceDiscoverySourceOptions>>());
            services.AddOptions<ServiceDiscoverySourceOptions>().ValidateOnStart();
            services.AddSingleton(static provider => new ServiceDiscoveryEndpointSource(
                provider, provider.GetRequiredService<IOptions<ServiceDiscoverySourceOptions>>(), provider.GetRequiredService<MonotonicClock>()));
            services.AddSingleton<IEndpointSource>(static provider => provider.GetRequiredService<ServiceDiscoveryEndpointSource>());
        }

        if (configure is not null)
        {
            services.Configure(configure);
        }

        return builder;
    }
}
