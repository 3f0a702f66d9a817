using ClientLb.Clusters;
using Grpc.Net.Client.Balancer;

namespace ClientLb.Grpc.GrpcNetClient;

/// <summary>Resolves <c>consul:///name</c> or <c>clientlb:///name</c>.</summary>
internal sealed class ClusterResolverFactory(string scheme, ClusterRegistry clusters) : ResolverFactory
{
    public override string Name => scheme;

    public override Resolver Create(ResolverOptions options) => new ClusterResolver(GrpcTarget.Parse(options.Address), scheme, clusters);
}
