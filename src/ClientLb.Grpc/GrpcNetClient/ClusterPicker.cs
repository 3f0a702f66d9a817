using ClientLb.Clusters;
using ClientLb.Http;
using Grpc.Core;
using Grpc.Net.Client.Balancer;

namespace ClientLb.Grpc.GrpcNetClient;

/// <summary>Picks for grpc-dotnet: an endpoint, and nothing is done to it. The lease is the handler's.</summary>
internal sealed class ClusterPicker(Cluster cluster, ChannelPicks<PickResult> picks) : SubchannelPicker
{
    public override PickResult Pick(PickContext context)
    {
        var key = cluster.Snapshot.HashKey is { } from && context.Request is { } request ? RequestKeys.Of(request, from) : default;
        return picks.Pick(key) ?? PickResult.ForFailure(new Status(StatusCode.Unavailable, $"Cluster '{cluster.Name}' has no endpoint for this call: of those that are connected none may be used."));
    }
}
