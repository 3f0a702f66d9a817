using ClientLb.Endpoints;
using Grpc.Net.Client.Balancer;

namespace ClientLb.Grpc.GrpcNetClient;

/// <summary>What our resolver writes on an address, for our balancer and our handler to read.</summary>
internal static class ChannelAttributes
{
    /// <summary>The endpoint that it is the address of.</summary>
    public static readonly BalancerAttributesKey<Endpoint> Endpoint = new("ClientLb.Endpoint");

    /// <summary>The channel that it was resolved for.</summary>
    public static readonly BalancerAttributesKey<ChannelLink> Link = new("ClientLb.Link");

    /// <summary>grpc-dotnet's own: what is sent as <c>:authority</c>, and the name for TLS.</summary>
    public static readonly BalancerAttributesKey<string> HostOverride = new("HostOverride");

    /// <summary>Where grpc-dotnet writes on a request which connection it is for.</summary>
    public static readonly HttpRequestOptionsKey<Subchannel> Subchannel = new("Subchannel");

    /// <summary>Where grpc-dotnet writes on a request which address it is for.</summary>
    public static readonly HttpRequestOptionsKey<BalancerAddress> CurrentAddress = new("CurrentAddress");
}
