using System.Collections.Concurrent;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using Grpc.Net.Client.Balancer;

namespace ClientLb.Grpc.GrpcNetClient;

/// <summary>What the resolver, the balancer and the handler of one channel have in common.</summary>
internal sealed class ChannelLink(Cluster cluster)
{
    /// <summary>The cluster behind the channel.</summary>
    public Cluster Cluster => cluster;

    /// <summary>The connection to each endpoint, whether it stands or not.</summary>
    public ConcurrentDictionary<Endpoint, Subchannel> Subchannels { get; } = new();
}
