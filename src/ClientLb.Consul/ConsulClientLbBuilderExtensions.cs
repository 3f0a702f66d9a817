using ClientLb.Consul;
using ClientLb.DependencyInjection;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

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
        if (!services.Any(static d => d.ServiceType == typeof(ConsulOptionsSetup)))
        {
            services.AddSingleton(static provider => new ConsulOptionsSetup(provider.GetService<IConfiguration>()));
            services.AddSingleton(static provider => new SectionOptions<ConsulOptions>(
                provider.GetService<IConfiguration>(), ConsulOptions.Schema, static _ => ConsulOptions.SectionName));
            services.AddSingleton<IConfigureOptions<ConsulOptions>>(static p => p.GetRequiredService<SectionOptions<ConsulOptions>>());
            services.AddSingleton<IValidateOptions<ConsulOptions>>(static p => p.GetRequiredService<SectionOptions<ConsulOptions>>());
            services.AddSingleton<IPostConfigureOptions<ConsulOptions>>(static p => p.GetRequiredService<ConsulOptionsSetup>());
            services.AddSingleton<IValidateOptions<ConsulOptions>>(static p => p.GetRequiredService<ConsulOptionsSetup>());
            services.AddOptions<ConsulOptions>().ValidateOnStart();
            services.AddSingleton<IEndpointSource>(CreateSource);
        }

        if (configure is not null)
        {
            services.Configure(configure);
        }

        return builder;
    }

    private static ConsulEndpointSource CreateSource(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<ConsulOptions>>().Value;
        var connections = new ConsulConnections();
        var time = provider.GetService<TimeProvider>() ?? TimeProvider.System;
        var logger = provider.GetService<ILogger<ConsulEndpointSource>>() ?? NullLogger<ConsulEndpointSource>.Instance;
        var handler = ConsulHandler.Create(options, connections, time, logger);
        var runtime = new ConsulRuntime(
            options, handler, connections, time, provider.GetService<IRandomSource>() ?? ThreadRandomSource.Instance, logger)
        {
            Renewing = handler as ConsulRenewingHandler,
            Transport = provider.GetService<IConsulTransport>()!,
        };
        return new(runtime, provider.GetService<IConfiguration>() ?? new ConfigurationBuilder().Build());
    }
}
