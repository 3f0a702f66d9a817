using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using Grpc.Net.Client.Balancer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClientLb.Grpc.GrpcNetClient;

/// <summary>The services of a channel: those of the application, and our resolvers and policies beside its own.</summary>
internal sealed class ChannelServices : IServiceProvider
{
    private readonly IServiceProvider _application;
    private readonly ResolverFactory[] _resolvers;
    private readonly LoadBalancerFactory[] _balancers;

    public ChannelServices(IServiceProvider application, IServiceProvider clientLb, ILogger logger)
    {
        _application = application;
        var clusters = clientLb.GetRequiredService<ClusterRegistry>();
        var policies = clientLb.GetRequiredService<LoadBalancingPolicies>();
        var clock = clientLb.GetRequiredService<MonotonicClock>();
        var random = clientLb.GetRequiredService<IRandomSource>();
        _resolvers =
        [
            new ClusterResolverFactory(GrpcTarget.ConsulScheme, clusters, clock, logger),
            new ClusterResolverFactory(GrpcTarget.ClientLbScheme, clusters, clock, logger),
            .. application.GetServices<ResolverFactory>(),
        ];
        _balancers =
        [
            new ClusterBalancerFactory(ClusterBalancerFactory.PolicyName, null, random),
            .. policies.Names.Select(name => new ClusterBalancerFactory($"{ClusterBalancerFactory.PolicyName}_{name}", policies.TryGet(name, out var policy, out _) ? policy : null, random)),
            .. application.GetServices<LoadBalancerFactory>(),
        ];
    }

    /// <summary>The policies that a service config may name, beside grpc-dotnet's own.</summary>
    public IEnumerable<string> Policies => _balancers.Select(static balancer => balancer.Name);

    public object? GetService(Type serviceType) =>
        serviceType == typeof(IEnumerable<ResolverFactory>) ? _resolvers
        : serviceType == typeof(IEnumerable<LoadBalancerFactory>) ? _balancers
        : _application.GetService(serviceType);
}
