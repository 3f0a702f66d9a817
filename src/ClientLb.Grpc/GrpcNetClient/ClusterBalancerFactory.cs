using ClientLb.Balancing;
using ClientLb.Endpoints;
using Grpc.Net.Client.Balancer;

namespace ClientLb.Grpc.GrpcNetClient;

/// <summary>Makes the balancers of <c>clientlb</c> (the cluster's own policy) or <c>clientlb_NAME</c> (another one over the same endpoints).</summary>
internal sealed class ClusterBalancerFactory(string name, ILoadBalancingPolicy? policy, IRandomSource random) : LoadBalancerFactory
{
    public const string PolicyName = "clientlb";

    public override string Name => name;

    public override LoadBalancer Create(LoadBalancerOptions options) =>
        new ClusterBalancer(new RecordingController(options.Controller), options.LoggerFactory, policy, random);
}
