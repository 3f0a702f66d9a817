using System.Threading.Channels;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using Grpc.Core;
using Grpc.Net.Client.Balancer;

namespace ClientLb.Grpc.GrpcNetClient;

/// <summary>
/// Tells a channel the endpoints of a cluster: at once when they change, and never an empty list after a good one. That the channel wants a fresh look is passed on to the cluster's source.
/// </summary>
internal sealed class ClusterResolver(GrpcTarget target, string scheme, ClusterRegistry clusters) : Resolver
{
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly ChannelMembers _members = new();
    private Dictionary<Endpoint, BalancerAddress> _addresses = [];
    private ChannelLink? _link;

    public override void Start(Action<ResolverResult> listener)
    {
        Cluster cluster;
        try
        {
            cluster = clusters.Get(target.Cluster, target.Selection);
        }
#pragma warning disable CA1031 // Settings that are wrong, no source: the channel's calls are told, as gRPC wants it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            listener(ResolverResult.ForFailure(new Status(StatusCode.Unavailable, $"{scheme}:///{target.Cluster}: {e.Message}", e)));
            return;
        }

        _link = new ChannelLink(cluster);
        cluster.Published += OnPublished;
        using (ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(() => RunAsync(_link, listener));
        }
    }

    public override void Refresh() => _link?.Cluster.Refresh();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_stop.IsCancellationRequested)
        {
            if (_link is { } link)
            {
                link.Cluster.Published -= OnPublished;
            }

            _stop.Cancel();
        }

        base.Dispose(disposing);
    }

    private void OnPublished(ClusterSnapshot snapshot) => _news.Writer.TryWrite(true);

    private async Task RunAsync(ChannelLink link, Action<ResolverResult> listener)
    {
        try
        {
            var first = await link.Cluster.ResolvedAsync(_stop.Token).ConfigureAwait(false);
            if (!Tell(link, first, listener))
            {
                listener(ResolverResult.ForFailure(new Status(StatusCode.Unavailable, Explain(link.Cluster, first))));
            }

            await foreach (var _ in _news.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                Tell(link, link.Cluster.Snapshot, listener);
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            // The channel is disposed.
        }
    }

    private bool Tell(ChannelLink link, ClusterSnapshot snapshot, Action<ResolverResult> listener)
    {
        if (!_members.TryTake(snapshot, out var members))
        {
            return false;
        }

        // The same object for the same endpoint: grpc-dotnet compares addresses with all that is written on them.
        var addresses = new Dictionary<Endpoint, BalancerAddress>(members.Count);
        foreach (var endpoint in members)
        {
            addresses[endpoint] = _addresses.TryGetValue(endpoint, out var known) ? known : Address(link, endpoint);
        }

        _addresses = addresses;
        listener(ResolverResult.ForResult([.. addresses.Values]));
        return true;
    }

    private BalancerAddress Address(ChannelLink link, Endpoint endpoint)
    {
        var address = new BalancerAddress(endpoint.Host, endpoint.Port);
        address.Attributes.Set(ChannelAttributes.Endpoint, endpoint);
        address.Attributes.Set(ChannelAttributes.Link, link);
        address.Attributes.Set(ChannelAttributes.HostOverride, target.Cluster);
        return address;
    }

    private static string Explain(Cluster cluster, ClusterSnapshot snapshot) => snapshot.IsResolved
        ? $"Cluster '{cluster.Name}' has no endpoint: its source knows none. {cluster.Discovery.Note}".TrimEnd()
        : $"Cluster '{cluster.Name}' has no list of endpoints yet. {(cluster.Discovery.LastError is { } error ? $"The source's last error: {error}" : "The source has not answered yet.")}";
}
