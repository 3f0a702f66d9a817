namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds what gRPC channels need of ClientLb.</summary>
public static class ClientLbGrpcServiceCollectionExtensions
{
    /// <summary>
    /// Adds the core and what gRPC channels need of it. <c>AddGrpcClient&lt;T&gt;(…).AddClientLb()</c> does it by itself; call it where channels are made by hand, with <c>UseClientLb(services)</c>. A second
    /// time it changes nothing.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddClientLbGrpc(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddClientLb();
        LoadBalancedHttpClientExtensions.AddClients(services);
        return services;
    }
}
