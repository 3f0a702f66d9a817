using ClientLb.Clusters;
using ClientLb.Endpoints;
using Grpc.Net.Client.Balancer;
using Microsoft.Extensions.Logging;

namespace ClientLb.Grpc.GrpcNetClient;

/// <summary>Resolves <c>consul:///name</c> or <c>clientlb:///name</c>.</summary>
internal sealed class ClusterResolverFactory(string scheme, ClusterRegistry clusters, MonotonicClock clock, ILogger logger) : ResolverFactory
{
    public override string Name => scheme;

    public override Resolver Create(ResolverOptions options) => new ClusterResolver(GrpcTarget.Parse(options.Address), scheme, clusters, clock, logger);
}
