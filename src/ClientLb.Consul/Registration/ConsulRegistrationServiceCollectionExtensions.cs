using ClientLb.Consul;
using ClientLb.Consul.Registration;
using ClientLb.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers this process with Consul.</summary>
public static class ConsulRegistrationServiceCollectionExtensions
{
    /// <summary>
    /// Registers this process with the agent of this machine, the first of <c>ClientLb:Consul:Addresses</c>, as soon as its server listens; keeps it
    /// registered; and, on stop, sends its callers elsewhere and waits for calls in flight before it deregisters. An agent that is away delays
    /// neither start nor stop.
    /// </summary>
    /// <param name="services">The services. <c>AddClientLb()</c> and <c>AddConsul()</c> are not needed.</param>
    /// <param name="configure">Settings in code; they go before those of the section <c>ClientLb:Consul:Registration</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddConsulRegistration(this IServiceCollection services, Action<ConsulRegistrationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        return Add(services, Options.Options.DefaultName, configure);
    }

    /// <summary>Registers this process under the name of a service; a process may be several.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The name of the service, unless the settings say otherwise.</param>
    /// <param name="configure">Settings in code; they go before those of the section <c>ClientLb:Consul:Registrations:{name}</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddConsulRegistration(
        this IServiceCollection services, string name, Action<ConsulRegistrationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return Add(services, name, configure);
    }

    private static IServiceCollection Add(IServiceCollection services, string name, Action<ConsulRegistrationOptions>? configure)
    {
        services.AddOptions();
        services.AddLogging();
        services.AddConsulRuntime();
        var names = Names(services);
        if (!names.Contains(name))
        {
            name = names.Add(name);
            services.AddOptions<ConsulRegistrationOptions>(name).ValidateOnStart();
            if (name.Length > 0)
            {
                services.PostConfigure<ConsulRegistrationOptions>(name, options => options.Name ??= name);
            }
        }

        if (configure is not null)
        {
            services.Configure(names.Add(name), configure);
        }

        return services;
    }

    private static ConsulRegistrationNames Names(IServiceCollection services)
    {
        var descriptor = services.FirstOrDefault(static d => d.ServiceType == typeof(ConsulRegistrationNames));
        if (descriptor?.ImplementationInstance is ConsulRegistrationNames names)
        {
            return names;
        }

        names = new ConsulRegistrationNames();
        services.AddSingleton(names);
        services.AddSingleton(static provider => new SectionOptions<ConsulRegistrationOptions>(
            provider.GetService<IConfiguration>(), ConsulRegistrationOptions.Schema, ConsulRegistrationOptions.Section));
        services.AddSingleton<IConfigureOptions<ConsulRegistrationOptions>>(static p => p.GetRequiredService<SectionOptions<ConsulRegistrationOptions>>());
        services.AddSingleton<IValidateOptions<ConsulRegistrationOptions>>(static p => p.GetRequiredService<SectionOptions<ConsulRegistrationOptions>>());
        services.AddSingleton<IHostedService, ConsulRegistrations>();
        return names;
    }
}
