using ClientLb.Endpoints;
using ClientLb.Health;

namespace ClientLb.Clusters;

/// <summary>What a cluster's loop does for health in each turn: whatever no attempt can do, because it takes time, or a look at all endpoints.</summary>
internal sealed class HealthTurn(Cluster cluster, ClusterServices services, CancellationToken stop)
{
    private static readonly long s_fadePeriod = TimeSpan.FromSeconds(10).Ticks;

    private readonly StallDetector _stalls = new(cluster.Judge);
    private readonly RecoveryProber _prober = new(cluster.Judge.Machine, services.Probe, stop);
    private readonly CapacityWatch _capacity = new();
    private readonly PeerReview _peers = new(cluster.Judge.Machine, services.Clock.Now);
    private readonly BudgetFunding _funding = new(cluster.Budget, services.Clock.Now);

    // More endpoints may be out than are probed at once: each turn begins where the last one had no probe left.
    private int _firstProbed;
    private long _fadedAt = services.Clock.Now;

    /// <summary>Whether an endpoint was out at the last look.</summary>
    public bool IsSomeoneOut { get; private set; }

    /// <summary>One look at all endpoints.</summary>
    /// <returns>True when something has changed that the next snapshot must show.</returns>
    public bool Look(Endpoint[] endpoints, ClusterOptions options, long now)
    {
        var machine = cluster.Judge.Machine;
        var changed = _stalls.Look(endpoints, now);
        _capacity.Look(endpoints, now);
        machine.ReviewSelf();
        long successes = 0;
        var isSomeoneOut = false;
        var first = _firstProbed < endpoints.Length ? _firstProbed : 0;
        var refused = -1;
        for (var i = 0; i < endpoints.Length; i++)
        {
            var index = i + first < endpoints.Length ? i + first : i + first - endpoints.Length;
            var endpoint = endpoints[index];
            successes += endpoint.Load.Successes;
            changed |= machine.OnTick(endpoint, now);
            if (endpoint.Health.Status.State != HealthState.Healthy)
            {
                isSomeoneOut = true;
                refused = !_prober.Look(endpoint, now) && refused < 0 ? index : refused;
            }
        }

        _firstProbed = refused >= 0 ? refused : first;

        IsSomeoneOut = isSomeoneOut;
        _funding.Look(options.RetryBudget, successes, now);

        // Before the latencies fade: they are as many now as they will ever be.
        _peers.Look(now);
        if (now - _fadedAt >= s_fadePeriod)
        {
            _fadedAt = now;
            foreach (var endpoint in endpoints)
            {
                endpoint.Load.Latencies.Fade();
                endpoint.Load.SampleInFull(options.OutlierDetection.Latency.MinimumSamples);
            }
        }

        return changed;
    }
}
