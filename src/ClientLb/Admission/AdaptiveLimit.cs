using System.Runtime.CompilerServices;
using ClientLb.Endpoints;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging;

namespace ClientLb.Admission;

/// <summary>
/// Bounds what an endpoint in distress gets, so that a cluster that lost a part of its strength is not drowned by what the rest can't serve. On the happy
/// path, with no limit in force, it costs one comparison.
/// </summary>
/// <remarks>
/// <code>
///             distress: attempt timeout or stall, overload status, the third failure in a row and slow,
///             or five slow answers of more than a second in a row while another endpoint is out
///   no limit ------------------------------------------------------------------------> 0.5 × in flight, at least 1
///       ^                                                                                    |
///       |                                                              quick answer: + 1 / limit, while half of it is in use
///       |                                                              slow: × 0.8  distress: × 0.5  (once in 50 ms)
///       +------------------------- 30 s without distress ------------------------------------+
/// </code>
/// What was never sent (a refused connection) and a quick failure say nothing of an endpoint's strength: health takes care of them. With one failure in
/// seven that has nothing to do with load, halving at each would leave next to nothing of every endpoint.
/// <para>
/// Numbers from the retry-storm simulation in the docs, after TCP's congestion avoidance. There the limit started at 8 and ended at 50, and
/// every failure halved it; here what is in flight when the distress is seen takes the place of both, and quick failures are left to ejection.
/// </para>
/// </remarks>
internal sealed class AdaptiveLimit(string cluster, ILogger logger) : IOutcomeObserver
{
    private const double Start = 0.5;
    private const double OnDistress = 0.5;
    private const double OnSlowAnswer = 0.8;

    // The mean of exponential latencies; the tail does not move it, nor do the few slow answers at the beginning of a distress.
    private const double UsualPercentile = 0.65;

    // With one failure in ten by chance three in a row are one in a thousand.
    private const int InARow = 3;

    // Where somebody is out the others have more to do. A timeout comes when ten seconds of calls wait: slow answers tell it earlier. By chance five
    // in a row are none in a million, and below a second nobody should be refused what would still be answered.
    private const int SlowInARow = 5;
    private static readonly long s_longWait = TimeSpan.FromSeconds(1).Ticks;

    private static readonly long s_usualPeriod = TimeSpan.FromMinutes(1).Ticks;

    private static readonly long s_shrinkGap = TimeSpan.FromMilliseconds(50).Ticks;

    // Below it "six times as slow" is a pause of the garbage collector. The same as for latency against peers.
    private static readonly long s_leastExcess = TimeSpan.FromMilliseconds(20).Ticks;

    private volatile AdaptiveLimitOptions _options = new();
    private volatile bool _mayBeInForce;
    private volatile bool _isSomeoneOut;
    private long _usualUntil;
    private IReadOnlyList<Endpoint> _endpoints = [];
    private int _fixed = EndpointLoad.NoLimit;

    /// <summary>Puts settings in force, and gives the endpoints their fixed limit. Called by the cluster's loop, before a snapshot is published.</summary>
    public void Configure(LimitOptions options, IReadOnlyList<Endpoint> endpoints)
    {
        _options = options.Adaptive;
        var limit = options.EndpointInFlight == 0 ? EndpointLoad.NoLimit : options.EndpointInFlight;
        if (ReferenceEquals(endpoints, _endpoints) && limit == _fixed)
        {
            return;
        }

        (_endpoints, _fixed) = (endpoints, limit);
        foreach (var endpoint in endpoints)
        {
            if (endpoint.Limits.Fixed != limit)
            {
                endpoint.Limits.Fixed = limit;
            }
        }
    }

    /// <summary>One look at all endpoints: lifts what is over. Called by the cluster's loop.</summary>
    /// <param name="endpoints">All of them.</param>
    /// <param name="isSomeoneOut">Whether health has taken one of them out: then the strength of the others is watched.</param>
    /// <param name="now">The present, in ticks.</param>
    public void Look(ReadOnlySpan<Endpoint> endpoints, bool isSomeoneOut, long now)
    {
        if (isSomeoneOut && now >= _usualUntil)
        {
            // Nobody counts while all are in, and so nobody stops counting: what is left over belongs to an earlier outage.
            var isFirst = !_isSomeoneOut;
            // What was usual before: seconds later most of what is known may come from the queue. Taken anew now and then, if the outage is there to stay.
            _usualUntil = now + s_usualPeriod;
            foreach (var endpoint in endpoints)
            {
                if (isFirst)
                {
                    endpoint.Limits.SlowAnswers = 0;
                }

                if (endpoint.Limits.Distress is null)
                {
                    endpoint.Limits.Usual = endpoint.Latencies.Percentile(UsualPercentile);
                }
            }
        }
        else if (!isSomeoneOut)
        {
            _usualUntil = 0;
        }

        _isSomeoneOut = isSomeoneOut;
        if (!_mayBeInForce)
        {
            return;
        }

        // Before the look: a limit that comes into force meanwhile says so again.
        _mayBeInForce = false;
        var options = _options;
        foreach (var endpoint in endpoints)
        {
            if (endpoint.Limits.Distress is not { } limit)
            {
                continue;
            }

            if ((!options.Enabled || now - limit.DistressAt >= options.LiftAfter.Ticks) && endpoint.Limits.TryEnd(limit))
            {
                logger.AdaptiveLimitLifted(cluster, endpoint.ToString(), TimeSpan.FromTicks(now - limit.DistressAt), limit.Whole);
            }
            else
            {
                _mayBeInForce = true;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void OnOutcome(Endpoint endpoint, in AttemptReport report)
    {
        if (report.Kind != OutcomeKind.Success || Volatile.Read(ref endpoint.Hot.Limit) != EndpointLoad.NoLimit || _isSomeoneOut)
        {
            Judge(endpoint, report);
        }
    }

    private void Judge(Endpoint endpoint, in AttemptReport report)
    {
        var options = _options;
        if (!options.Enabled || report.Kind is OutcomeKind.Ignored or OutcomeKind.NotSent)
        {
            return;
        }

        if (endpoint.Limits.Distress is { } limit)
        {
            Follow(endpoint, limit, report, options);
        }
        else if (report.Kind != OutcomeKind.Success)
        {
            var baseline = endpoint.Latencies.Percentile(UsualPercentile);
            if (IsDistress(endpoint, report, baseline, options))
            {
                Begin(endpoint, report, baseline);
            }
        }
        else if (report.Duration < s_longWait || !IsSlow(report, endpoint.Limits.Usual, options))
        {
            endpoint.Limits.SlowAnswers = 0;
        }
        else if (_isSomeoneOut && ++endpoint.Limits.SlowAnswers >= SlowInARow)
        {
            Begin(endpoint, report, endpoint.Limits.Usual);
        }
    }

    private void Begin(Endpoint endpoint, in AttemptReport report, long baseline)
    {
        // The attempt that tells of it is among them: its lease is given back later.
        var inFlight = endpoint.Load.Awaiting;
        var limit = new DistressLimit(Math.Max(1, Start * inFlight), baseline, report.EndedAt);
        endpoint.Limits.SlowAnswers = 0;
        if (endpoint.Limits.TryBegin(limit))
        {
            _mayBeInForce = true;
            logger.AdaptiveLimitBegan(cluster, endpoint.ToString(), NameOf(report), limit.Whole, inFlight);
        }
    }

    private static void Follow(Endpoint endpoint, DistressLimit limit, in AttemptReport report, AdaptiveLimitOptions options)
    {
        var before = limit.Whole;
        if (IsDistress(endpoint, report, limit.Baseline, options))
        {
            limit.NoteDistress(report.EndedAt);
            limit.Shrink(OnDistress, report.EndedAt, s_shrinkGap);
        }
        else if (IsSlow(report, limit.Baseline, options))
        {
            // No distress by itself: a service whose answers have become slower for good must not be held down for ever.
            limit.Shrink(OnSlowAnswer, report.EndedAt, s_shrinkGap);
        }
        else if (report.Kind == OutcomeKind.Success && 2 * endpoint.Load.Awaiting >= limit.Value)
        {
            limit.Grow();
        }

        if (limit.Whole != before)
        {
            endpoint.Limits.SetDoor();
        }
    }

    /// <summary>More than a failure: the endpoint has not the time, or says so.</summary>
    private static bool IsDistress(Endpoint endpoint, in AttemptReport report, long baseline, AdaptiveLimitOptions options) =>
        report.Kind == OutcomeKind.Overloaded
        || (report.Kind == OutcomeKind.Failure
            && (report.Evidence is Evidence.AttemptTimeout or Evidence.Stalled
                || (endpoint.Health.ConsecutiveFailures >= InARow && IsSlow(report, baseline, options))));

    private static bool IsSlow(in AttemptReport report, long baseline, AdaptiveLimitOptions options) =>
        baseline != 0 && report.Duration > Math.Max(options.LatencyFactor * baseline, baseline + s_leastExcess);

    private static string NameOf(in AttemptReport report) => report switch
    {
        { Kind: OutcomeKind.Overloaded } => FormattableString.Invariant($"status {report.StatusCode}"),
        { Evidence: Evidence.AttemptTimeout } => "no answer in time",
        { Evidence: Evidence.Stalled } => "stalled",
        { Kind: OutcomeKind.Success } => "slow answers while another endpoint is out",
        _ => "slow failures",
    };
}
