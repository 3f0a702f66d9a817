using ClientLb.Consul.Registration;
using ClientLb.Endpoints;
using ClientLb.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ClientLb.Consul;

/// <summary>What both sides of a call need: the options of Consul and what asks its agents.</summary>
internal static class ConsulRuntimeExtensions
{
    /// <summary>Adds it once.</summary>
    public static void AddConsulRuntime(this IServiceCollection services)
    {
        if (services.Any(static d => d.ServiceType == typeof(ConsulRuntime)))
        {
            return;
        }

        services.AddSingleton(static provider =>
            new ConsulOptionsSetup(provider.GetService<IConfiguration>(), provider.GetService<ConsulRegistrationNames>()));
        services.AddSingleton(static provider => new SectionOptions<ConsulOptions>(
            provider.GetService<IConfiguration>(), ConsulOptions.Schema, static _ => ConsulOptions.SectionName));
        services.AddSingleton<IConfigureOptions<ConsulOptions>>(static p => p.GetRequiredService<SectionOptions<ConsulOptions>>());
        services.AddSingleton<IValidateOptions<ConsulOptions>>(static p => p.GetRequiredService<SectionOptions<ConsulOptions>>());
        services.AddSingleton<IPostConfigureOptions<ConsulOptions>>(static p => p.GetRequiredService<ConsulOptionsSetup>());
        services.AddSingleton<IValidateOptions<ConsulOptions>>(static p => p.GetRequiredService<ConsulOptionsSetup>());
        services.AddOptions<ConsulOptions>().ValidateOnStart();
        services.AddSingleton(Create);
    }

    private static ConsulRuntime Create(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<ConsulOptions>>().Value;
        var connections = new ConsulConnections();
        var time = provider.GetService<TimeProvider>() ?? TimeProvider.System;
        var logger = provider.GetService<ILogger<ConsulEndpointSource>>() ?? NullLogger<ConsulEndpointSource>.Instance;
        var handler = ConsulHandler.Create(options, connections, time, logger);
        return new(options, handler, connections, time, provider.GetService<IRandomSource>() ?? ThreadRandomSource.Instance, logger)
        {
            Renewing = handler as ConsulRenewingHandler,
            Transport = provider.GetService<IConsulTransport>()!,
        };
    }
}
