using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.ServiceDiscovery;

namespace ClientLb.ServiceDiscovery.Bridge;

/// <summary>Gives the endpoints of ClientLb to Microsoft.Extensions.ServiceDiscovery.</summary>
public static class ClientLbServiceDiscoveryExtensions
{
    /// <summary>
    /// Adds the clusters of ClientLb, whatever their sources are, as a provider of Microsoft.Extensions.ServiceDiscovery: its resolver, and so YARP and Aspire, get the
    /// endpoints that may be picked now and a change token that fires when others may. Names that are no cluster are left to other providers, and so is a name that
    /// a provider registered before this one has answered.
    /// </summary>
    /// <param name="services">The services; the core of both sides is added where it is missing.</param>
    /// <param name="configure">Sets options.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddClientLbServiceEndpointProvider(this IServiceCollection services, Action<ClientLbServiceEndpointProviderOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddClientLb();
        services.AddServiceDiscoveryCore();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceEndpointProviderFactory, ClientLbServiceEndpointProviderFactory>());
        if (configure is not null)
        {
            services.Configure(configure);
        }

        return services;
    }
}
