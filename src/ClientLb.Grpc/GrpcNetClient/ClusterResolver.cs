using System.Threading.Channels;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using Grpc.Core;
using Grpc.Net.Client.Balancer;
using Microsoft.Extensions.Logging;

namespace ClientLb.Grpc.GrpcNetClient;

/// <summary>
/// Tells a channel the endpoints of a cluster: at once when they change, and never an empty list after a good one. That the channel wants a fresh look is passed on to the cluster's source.
/// </summary>
internal sealed class ClusterResolver(GrpcTarget target, string scheme, ClusterRegistry clusters, MonotonicClock clock, ILogger logger) : Resolver
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(15);

    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly ChannelMembers _members = new();
    private Dictionary<Endpoint, BalancerAddress> _addresses = [];
    private volatile ChannelLink? _link;

    public override void Start(Action<ResolverResult> listener)
    {
        var link = Join(listener);
        using (ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(() => RunAsync(link, listener));
        }
    }

    public override void Refresh()
    {
        if (_link is { } link)
        {
            link.Cluster.Refresh();
        }
        else
        {
            _news.Writer.TryWrite(true);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_stop.IsCancellationRequested)
        {
            _stop.Cancel();
            if (_link is { } link)
            {
                link.Cluster.Published -= OnPublished;
            }
        }

        base.Dispose(disposing);
    }

    /// <summary>Finds the cluster.</summary>
    /// <returns><see langword="null"/> where that can't be had as things stand.</returns>
    private ChannelLink? Join(Action<ResolverResult> listener)
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
            Give(listener, ResolverResult.ForFailure(new Status(StatusCode.Unavailable, $"{scheme}:///{target.Cluster}: {e.Message}", e)));
            return null;
        }

        cluster.Published += OnPublished;
        if (_stop.IsCancellationRequested)
        {
            cluster.Published -= OnPublished;
        }

        return _link = new ChannelLink(cluster);
    }

    /// <summary>Tries again until the settings are right: nobody tells that they are.</summary>
    private async Task<ChannelLink> JoinLaterAsync(Action<ResolverResult> listener)
    {
        for (var pause = s_firstPause; ; pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, s_longestPause.Ticks)))
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            await Task.WhenAny(_news.Reader.WaitToReadAsync(enough.Token).AsTask(), Task.Delay(pause, clock.TimeProvider, enough.Token)).ConfigureAwait(false);
            await enough.CancelAsync().ConfigureAwait(false);
            _stop.Token.ThrowIfCancellationRequested();
            _news.Reader.TryRead(out _);
            if (Join(listener) is { } link)
            {
                return link;
            }
        }
    }

    private void OnPublished(ClusterSnapshot snapshot) => _news.Writer.TryWrite(true);

    private async Task RunAsync(ChannelLink? known, Action<ResolverResult> listener)
    {
        try
        {
            var link = known ?? await JoinLaterAsync(listener).ConfigureAwait(false);
            var first = await link.Cluster.ResolvedAsync(_stop.Token).ConfigureAwait(false);
            if (!Tell(link, first, listener))
            {
                Give(listener, ResolverResult.ForFailure(new Status(StatusCode.Unavailable, Explain(link.Cluster, first))));
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
        Give(listener, ResolverResult.ForResult([.. addresses.Values]));
        return true;
    }

    /// <summary>What the channel throws must not end what it is told later, nor leave its calls waiting for what never comes.</summary>
    private void Give(Action<ResolverResult> listener, ResolverResult result)
    {
        try
        {
            listener(result);
        }
#pragma warning disable CA1031 // It is somebody else's code that is called.
        catch (Exception e) when (!_stop.IsCancellationRequested)
        {
            GrpcLog.NotTaken(logger, $"{scheme}:///{target.Cluster}", e);
            try
            {
                listener(ResolverResult.ForFailure(new Status(StatusCode.Unavailable, $"{scheme}:///{target.Cluster}: {e.Message}", e)));
            }
            catch (Exception)
            {
                // It was said.
            }
        }
#pragma warning restore CA1031
    }

    private BalancerAddress Address(ChannelLink link, Endpoint endpoint)
    {
        var address = new BalancerAddress(endpoint.Host, endpoint.Port);
        address.Attributes.Set(ChannelAttributes.Endpoint, endpoint);
        address.Attributes.Set(ChannelAttributes.Link, link);
        address.Attributes.Set(ChannelAttributes.HostOverride, target.Host);
        return address;
    }

    private static string Explain(Cluster cluster, ClusterSnapshot snapshot) => snapshot.IsResolved
        ? $"Cluster '{cluster.Name}' has no endpoint: its source knows none. {cluster.Discovery.Note}".TrimEnd()
        : $"Cluster '{cluster.Name}' has no list of endpoints yet. {(cluster.Discovery.LastError is { } error ? $"The source's last error: {error}" : "The source has not answered yet.")}";
}
