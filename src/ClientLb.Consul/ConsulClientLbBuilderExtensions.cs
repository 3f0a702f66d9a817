using ClientLb.Consul;
using ClientLb.DependencyInjection;
using ClientLb.Discovery;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Consul.</summary>
public static class ConsulClientLbBuilderExtensions
{
    /// <summary>
    /// Adds Consul as a source of endpoints. It serves every cluster that no source before it serves; the name of the service is that of the
    /// cluster unless <c>ClientLb:Clusters:&lt;name&gt;:Consul:Service</c> says otherwise.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Settings in code; they go before those of the section <c>ClientLb:Consul</c>.</param>
    /// <returns>The builder.</returns>
    public static IClientLbBuilder AddConsul(this IClientLbBuilder builder, Action<ConsulOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddConsulRuntime();
        if (!services.Any(static d => d.ServiceType == typeof(ConsulEndpointSource)))
        {
            services.AddSingleton(static provider => new ConsulEndpointSource(
                provider.GetRequiredService<ConsulRuntime>(), provider.GetService<IConfiguration>() ?? new ConfigurationBuilder().Build()));
            services.AddSingleton<IEndpointSource>(static provider => provider.GetRequiredService<ConsulEndpointSource>());
        }

        if (configure is not null)
        {
            services.Configure(configure);
        }

        return builder;
    }
}
