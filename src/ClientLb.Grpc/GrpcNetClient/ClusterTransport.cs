using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Http;
using Grpc.Net.Client.Balancer;

namespace ClientLb.Grpc.GrpcNetClient;

/// <summary>Sends over the connections of a channel: the first attempt where grpc-dotnet's pick leads, further ones elsewhere.</summary>
internal sealed class ClusterTransport(LoadBalancedClient client, ChannelLink link, HttpMessageInvoker inner) : HttpTransport(client)
{
    // Every gRPC request has a content, and such a request is sent once.
    protected override bool SendsOnce => true;

    protected override CallTraits GrpcTraits => CallTraits.OwnDeadline | CallTraits.Picked;

    // Handlers that are not ours may keep it.
    public override bool LetsGoOfToken(HttpRequestMessage request, HttpResponseMessage response) => false;

    public override Endpoint? PickedOf(HttpRequestMessage request) => EndpointOf(request);

    protected override Task<HttpResponseMessage> SendOneAsync(HttpRequestMessage request, Endpoint endpoint, bool isAsync, CancellationToken cancellationToken)
    {
        if (!ReferenceEquals(EndpointOf(request), endpoint))
        {
            Direct(request, endpoint);
        }

        return isAsync ? inner.SendAsync(request, cancellationToken) : Task.FromResult(inner.Send(request, cancellationToken));
    }

    private static Endpoint? EndpointOf(HttpRequestMessage request) =>
        request.Options.TryGetValue(ChannelAttributes.CurrentAddress, out var address) && address.Attributes.TryGetValue(ChannelAttributes.Endpoint, out var endpoint) ? endpoint : null;

    /// <summary>Directs a request elsewhere as grpc-dotnet would have: by its URI, by the connection and by the address that are written on it.</summary>
    private void Direct(HttpRequestMessage request, Endpoint endpoint)
    {
        var uri = request.RequestUri!;
        request.RequestUri = new Uri(string.Concat(uri.Scheme, "://", endpoint.Authority, uri.PathAndQuery));
        var address = new BalancerAddress(endpoint.Host, endpoint.Port);
        address.Attributes.Set(ChannelAttributes.Endpoint, endpoint);
        address.Attributes.Set(ChannelAttributes.Link, link);
        request.Options.Set(ChannelAttributes.CurrentAddress, address);

        // One that was listed a moment ago may have no connection yet: the one that is written there dials any address that it is given.
        if (link.Subchannels.TryGetValue(endpoint, out var subchannel))
        {
            request.Options.Set(ChannelAttributes.Subchannel, subchannel);
        }
    }
}
