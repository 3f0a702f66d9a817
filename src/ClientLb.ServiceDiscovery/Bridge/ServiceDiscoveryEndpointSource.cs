using ClientLb.Discovery;
using ClientLb.Endpoints;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.ServiceDiscovery;

namespace ClientLb.ServiceDiscovery.Bridge;

/// <summary>
/// What the registered providers of Microsoft.Extensions.ServiceDiscovery say. They are asked directly and not through its resolver, which loses changes that come during a
/// refresh, does not poll beside change tokens, and throws a failed refresh at callers although it has a list.
/// </summary>
internal sealed class ServiceDiscoveryEndpointSource(IServiceProvider services, IOptions<ServiceDiscoverySourceOptions> options, MonotonicClock clock) : IEndpointSource
{
    public string Name => "service_discovery";

    public bool ResolvesNames => true;

    public bool NamesEndpoints => true;

    public bool Serves(EndpointQuery query) => Factories().Any();

    public IAsyncEnumerable<EndpointUpdate> WatchAsync(EndpointQuery query, IRefreshSignal refresh, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return new ProviderWatch(Factories(), ServiceReference.Of(query), options.Value, clock).RunAsync(refresh, cancellationToken);
    }

    // Asked for late: a provider may need clients that are balanced. Our own one would ask the cluster that asks here.
    private IEnumerable<IServiceEndpointProviderFactory> Factories() =>
        services.GetServices<IServiceEndpointProviderFactory>().Where(static factory => factory is not ClientLbServiceEndpointProviderFactory);
}
