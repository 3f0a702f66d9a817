using System.Collections.Concurrent;
using ClientLb.Calls;
using ClientLb.Http;
using ClientLb.Http.Grpc;
using Microsoft.Extensions.Logging;

namespace ClientLb.Grpc.GrpcNetClient;

/// <summary>
/// Below grpc-dotnet's pick: leases the endpoint, reads the status from headers or trailers, ends the lease with the stream, and makes further attempts elsewhere by the cluster's rules and from its budget.
/// </summary>
internal sealed class ClusterChannelHandler(LoadBalancedClients clients, string? client, bool mayRetry, ILogger logger) : DelegatingHandler
{
    private readonly ConcurrentDictionary<ChannelLink, Way> _ways = new();
    private HttpMessageInvoker? _inner;
    private bool _isStrange;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!request.Options.TryGetValue(ChannelAttributes.CurrentAddress, out var address) || !request.Options.TryGetValue(ChannelAttributes.Subchannel, out _)
            || !address.Attributes.TryGetValue(ChannelAttributes.Link, out var link) || !GrpcRequests.IsGrpc(request))
        {
            return PassAsync(request, cancellationToken);
        }

        var way = _ways.TryGetValue(link, out var known) ? known : _ways.GetOrAdd(link, Make(link));
        var plan = mayRetry ? way.Client.Plan : way.PlanWithoutRetries();
        return way.Caller.CallAsync(request, plan, isAsync: true, cancellationToken);
    }

    private Task<HttpResponseMessage> PassAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!_isStrange)
        {
            // Not an address of ours; or a grpc-dotnet that keeps it elsewhere, in which case attempts must not be made as if we could direct them.
            _isStrange = true;
            GrpcLog.PassedThrough(logger, request.RequestUri?.Authority ?? "");
        }

        return base.SendAsync(request, cancellationToken);
    }

    private Way Make(ChannelLink link)
    {
        _inner ??= new HttpMessageInvoker(InnerHandler!, disposeHandler: false);
        var options = clients.Get(client ?? link.Cluster.SettingsName);
        return new Way(options, options.CallerOf(link.Cluster, new ClusterTransport(options, link, _inner)));
    }

    private sealed class Way(LoadBalancedClient client, ClusterCaller<HttpRequestMessage, HttpResponseMessage> caller)
    {
        private (CallPlan Of, CallPlan Plan)? _single;

        public LoadBalancedClient Client => client;

        public ClusterCaller<HttpRequestMessage, HttpResponseMessage> Caller => caller;

        public CallPlan PlanWithoutRetries()
        {
            var plan = client.Plan;
            if (_single is not { } single || !ReferenceEquals(single.Of, plan))
            {
                _single = single = (plan, plan.WithoutRetries());
            }

            return single.Plan;
        }
    }
}
