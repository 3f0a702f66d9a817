using Grpc.Core;
using Grpc.Net.Client.Balancer;

namespace ClientLb.Grpc.GrpcNetClient;

/// <summary>Notes which connection is for which endpoint, whether it stands or not: a further attempt may go to any.</summary>
internal sealed class RecordingController(IChannelControlHelper inner) : IChannelControlHelper
{
    public Subchannel CreateSubchannel(SubchannelOptions options)
    {
        var subchannel = inner.CreateSubchannel(options);
        var attributes = options.Addresses[0].Attributes;
        if (attributes.TryGetValue(ChannelAttributes.Link, out var link) && attributes.TryGetValue(ChannelAttributes.Endpoint, out var endpoint))
        {
            link.Subchannels[endpoint] = subchannel;
            subchannel.OnStateChanged(state =>
            {
                if (state.State == ConnectivityState.Shutdown)
                {
                    link.Subchannels.TryRemove(new(endpoint, subchannel));
                }
            });
        }

        return subchannel;
    }

    public void UpdateState(BalancerState state) => inner.UpdateState(state);

    public void RefreshResolver() => inner.RefreshResolver();
}
