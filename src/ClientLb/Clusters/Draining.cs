using ClientLb.Endpoints;
using ClientLb.Telemetry;

namespace ClientLb.Clusters;

/// <summary>
/// Watches over endpoints that get nothing new, whatever the reason: weight 0, maintenance, a mark in tags or metadata, an order, or that they have left the
/// list. Owned by the cluster's loop.
/// </summary>
/// <remarks>
/// <code>
///   begun --(nothing in flight)------------------------------> over: connections closed --(in use again)--> forgotten
///     |                                                          ^
///     +--(time over)--> overdue: said once, goes on -------------+
///     |                     |                                    |
///     |                     +--(CancelOnDrainTimeout)--> cut off-+
///     +--(in use again)--> forgotten, said
/// </code>
/// </remarks>
internal sealed class Draining(Cluster cluster, ClusterServices services)
{
    // Attempts are told by the timeout wheel, which looks twenty times a second, and end with an error that says why. Only then the connections go.
    private static readonly long s_wheelTime = TimeSpan.FromMilliseconds(250).Ticks;

    private readonly Dictionary<Endpoint, Drain> _drains = [];

    /// <summary>Finds out who drains now. Called when the endpoints or the orders for them have changed.</summary>
    /// <param name="endpoints">All live endpoints.</param>
    /// <param name="leaving">Those that have left the list.</param>
    /// <param name="now">The start of the loop's turn, in ticks.</param>
    /// <returns>Those that had drained and are in use again: they have no connections.</returns>
    public List<Endpoint> Review(Endpoint[] endpoints, IReadOnlySet<Endpoint> leaving, long now)
    {
        var back = new List<Endpoint>();
        foreach (var endpoint in endpoints)
        {
            var isLeaving = leaving.Count != 0 && leaving.Contains(endpoint);
            var drains = isLeaving || IsDraining(endpoint);
            if (!drains && _drains.Count == 0)
            {
                continue;
            }

            if (drains && !_drains.ContainsKey(endpoint))
            {
                Begin(endpoint, isLeaving, now);
            }
            else if (!drains && _drains.Remove(endpoint, out var drain))
            {
                Return(endpoint, drain, now);
                if (drain.IsOver)
                {
                    back.Add(endpoint);
                }
            }
        }

        return back;
    }

    /// <summary>True while the endpoint drains, or has drained and is not in use.</summary>
    public bool Contains(Endpoint endpoint) => _drains.ContainsKey(endpoint);

    /// <summary>Does what is due. Called while what is known is published: nothing new goes to those that drain.</summary>
    public void Look(ClusterOptions options, long now)
    {
        foreach (var (endpoint, drain) in _drains)
        {
            var inFlight = endpoint.Load.InFlight;
            drain.Most = Math.Max(drain.Most, inFlight);
            if (inFlight == 0)
            {
                if (!drain.IsOver)
                {
                    drain.IsOver = true;
                    var isLate = now - drain.StartedAt > options.Drain.Ticks;
                    Say(new DrainEnd(endpoint, isLate ? DrainResult.FinishedLate : DrainResult.Finished, drain.Most, 0, 0, drain.Elapsed(now)));
                }

                CloseConnections(endpoint);
            }
            else if (drain.CutAt != 0)
            {
                if (!drain.AreConnectionsCut && now - drain.CutAt >= s_wheelTime)
                {
                    drain.AreConnectionsCut = true;
                    endpoint.Resources.CutOff();
                }
            }
            else if (!drain.IsOver && now - drain.StartedAt >= options.Drain.Ticks)
            {
                IsOverdue(endpoint, drain, inFlight, options, now);
            }
        }
    }

    /// <summary>These endpoints are no more.</summary>
    public void Forget(List<Endpoint> retired) => retired.ForEach(endpoint => _drains.Remove(endpoint));

    private static bool IsDraining(Endpoint endpoint) =>
        endpoint.Descriptor.IsDraining || endpoint.Health.Order is { Kind: ManualOrderKind.Drain };

    private void Begin(Endpoint endpoint, bool isLeaving, long now)
    {
        // One that drains since it came has nothing to finish and nothing to tell.
        var isNew = endpoint.BornAt >= now;
        var inFlight = endpoint.Load.InFlight;
        _drains.Add(endpoint, new Drain { StartedAt = now, Most = inFlight, IsOver = isNew });
        if (!isNew && !isLeaving)
        {
            services.Logger.DrainBegan(cluster.Name, endpoint.ToString(), WhyOf(endpoint), inFlight);
        }
    }

    private void Return(Endpoint endpoint, Drain drain, long now)
    {
        if (drain.IsOver)
        {
            services.Logger.DrainsNoMore(cluster.Name, endpoint.ToString(), drain.Elapsed(now));
            return;
        }

        var inFlight = endpoint.Load.InFlight;
        Say(new DrainEnd(endpoint, DrainResult.Returned, Math.Max(0, drain.Most - inFlight), 0, inFlight, drain.Elapsed(now)));
    }

    private void IsOverdue(Endpoint endpoint, Drain drain, int inFlight, ClusterOptions options, long now)
    {
        if (options.CancelOnDrainTimeout)
        {
            drain.IsOver = true;
            drain.CutAt = now;
            endpoint.Health.CutBefore = now;
            Say(new DrainEnd(endpoint, DrainResult.CutOff, drain.Most - inFlight, inFlight, 0, drain.Elapsed(now)));
        }
        else if (!drain.IsOverdue)
        {
            drain.IsOverdue = true;
            services.Logger.DrainOverdue(cluster.Name, endpoint.ToString(), inFlight, options.Drain);
        }
    }

    /// <summary>
    /// Closes what leads there although the endpoint stays. For that moment it is retired: whoever holds an older snapshot can't get a lease, and so no
    /// connection that is just being closed.
    /// </summary>
    private static void CloseConnections(Endpoint endpoint)
    {
        if (endpoint.Resources.Any && endpoint.Load.TryRetire())
        {
            try
            {
                endpoint.Resources.Clear();
            }
            finally
            {
                endpoint.Load.Reopen();
            }
        }
    }

    private void Say(DrainEnd end)
    {
        var name = end.Endpoint.ToString();
        switch (end.Result)
        {
            case DrainResult.CutOff:
                services.Logger.CutOff(cluster.Name, name, end.Elapsed, end.Drained, end.CutOff);
                break;
            case DrainResult.Returned:
                services.Logger.DrainReturned(cluster.Name, name, end.Elapsed, end.Drained, end.InFlight);
                break;
            default:
                services.Logger.Drained(cluster.Name, name, end.Elapsed, end.Drained, end.CutOff);
                break;
        }

        services.Metrics.Drained(cluster.Name, end.Endpoint.Id, TagOf(end.Result), end.CutOff);
        cluster.OnDrainEnded(end);
    }

    private static string WhyOf(Endpoint endpoint)
    {
        var descriptor = endpoint.Descriptor;
        return endpoint.Health.Order is { Kind: ManualOrderKind.Drain } order ? "by order: " + order.Reason
            : descriptor.Weight <= 0 ? "weight 0"
            : descriptor.Status == RegistryStatus.Maintenance ? "maintenance"
            : "its tags or metadata say drain";
    }

    private static string TagOf(DrainResult result) => result switch
    {
        DrainResult.Finished => "finished",
        DrainResult.FinishedLate => "finished_late",
        DrainResult.CutOff => "cut_off",
        _ => "returned",
    };

    private sealed class Drain
    {
        public required long StartedAt { get; init; }

        /// <summary>The most that was in flight. Nothing new comes, but for attempts that were under way to it when it began.</summary>
        public required int Most { get; set; }

        /// <summary>Its end has been said.</summary>
        public required bool IsOver { get; set; }

        public bool IsOverdue { get; set; }

        public long CutAt { get; set; }

        public bool AreConnectionsCut { get; set; }

        public TimeSpan Elapsed(long now) => TimeSpan.FromTicks(now - StartedAt);
    }
}
