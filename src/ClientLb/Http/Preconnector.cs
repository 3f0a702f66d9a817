using System.Diagnostics;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>Opens connections to an endpoint before its first calls: as many as asked for, to what the client's last call to the cluster was for.</summary>
internal sealed class Preconnector(OwnedConnections connections, Cluster cluster) : IEndpointPreparer
{
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(1);

    private volatile PreconnectTarget? _target;

    // Connects end by their own limit, and the rest takes no time.
    public TimeSpan Limit { get; } =
        connections.Settings.ConnectTimeout == Timeout.InfiniteTimeSpan ? TimeSpan.FromSeconds(5) : connections.Settings.ConnectTimeout + s_margin;

    /// <summary>A call is sent: what it is for decides which connections fit.</summary>
    public void Note(HttpRequestMessage request)
    {
        if (_target?.Fits(request) != true)
        {
            _target = PreconnectTarget.Of(request);
        }
    }

    public async Task PrepareAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        // Without a call yet it is not known how to connect; HTTP/3 connects in its own way.
        if (_target is not { Version.Major: < 3 } target)
        {
            return;
        }

        // As a stream: what only connects must not look like an attempt without an answer.
        var now = cluster.Clock.Now;
        if (!endpoint.Load.TryAcquire(now, LeaseRule.OverlookAll))
        {
            return;
        }

        endpoint.Load.BeginStream();
        try
        {
            // More than the handler may open would never all be under way.
            var settings = connections.Settings;
            var most = settings.MaxConnections > 0 ? Math.Min(settings.Preconnect, settings.MaxConnections) : settings.Preconnect;
            var count = target.Version.Major == 2 ? 1 : most;
            using var span = Unsampled();
            await connections.ConnectionsOf(endpoint, cluster.Name).PreconnectAsync(target, count, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            endpoint.Load.EndStream();
            endpoint.Load.Release(now);
        }
    }

    /// <summary>A parent that is not recorded: the spans of requests that are never sent would be no use to anybody.</summary>
    private static Activity Unsampled() => new Activity("clientlb.preconnect") { ActivityTraceFlags = ActivityTraceFlags.None }.Start();
}
