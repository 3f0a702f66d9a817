using ClientLb.Balancing;
using ClientLb.Endpoints;
using Grpc.Core;
using Grpc.Net.Client.Balancer;
using Microsoft.Extensions.Logging;

namespace ClientLb.Grpc.GrpcNetClient;

/// <summary>
/// grpc-dotnet's balancer of many connections with another picker. The picker reads the cluster's snapshot at each pick, so health takes effect at once and no connection is touched for it.
/// </summary>
internal sealed class ClusterBalancer(IChannelControlHelper controller, ILoggerFactory loggers, ILoadBalancingPolicy? policy, IRandomSource random)
    : SubchannelsLoadBalancer(controller, loggers)
{
    private ChannelLink? _link;
    private ChannelPolicy? _policy;

    protected override SubchannelPicker CreatePicker(IReadOnlyList<Subchannel> readySubchannels)
    {
        var ready = new Dictionary<Endpoint, PickResult>(readySubchannels.Count);
        foreach (var subchannel in readySubchannels)
        {
            var attributes = subchannel.CurrentAddress?.Attributes;
            if (attributes is not null && attributes.TryGetValue(ChannelAttributes.Endpoint, out var endpoint) && attributes.TryGetValue(ChannelAttributes.Link, out var link))
            {
                Join(link);
                ready[endpoint] = PickResult.ForSubchannel(subchannel);
            }
        }

        return _link is null || _policy is null ? new RefusingPicker() : new ClusterPicker(_link.Cluster, new ChannelPicks<PickResult>(_link.Cluster, _policy, ready));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _policy is { } policy && _link is { } link)
        {
            link.Cluster.Forget(policy);
        }

        base.Dispose(disposing);
    }

    private void Join(ChannelLink link)
    {
        if (_link is null)
        {
            _link = link;
            _policy = new ChannelPolicy(link.Cluster, policy, random);
            if (policy is not null)
            {
                link.Cluster.Observe(_policy);
            }
        }
    }

    /// <summary>For addresses that are not ours.</summary>
    private sealed class RefusingPicker : SubchannelPicker
    {
        private readonly PickResult _refusal = PickResult.ForFailure(new Status(StatusCode.Internal,
            "The load-balancing policy 'clientlb' is for channels to consul:///name or clientlb:///name: the addresses of this one come from another resolver."));

        public override PickResult Pick(global::Grpc.Net.Client.Balancer.PickContext context) => _refusal;
    }
}
