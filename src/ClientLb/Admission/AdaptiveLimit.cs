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
///             or five slow answers in a row while others are lost
///   no limit ------------------------------------------------------------------------> 0.5 × in flight, at least 1
///       ^                                                                                    |
///       |                                                              quick answer: + 1 / limit, while half of it is in use
///       |                                                              slow: × 0.8  distress: × 0.5  (once in 50 ms)
///       +------------------------- 30 s without distress ------------------------------------+
/// </code>
/// What was never sent (a refused connection) and a quick failure say nothing of an endpoint's strength: health takes care of them. With one failure in
/// seven that has nothing to do with load, halving at each would leave next to nothing of every endpoint.
/// <para>
/// Nor does an answer that was slow while this process stood still, or in the rush that follows (<see cref="ProcessPauses"/>).
/// </para>
/// <para>
/// Numbers from the retry-storm simulation in the docs, after TCP's congestion avoidance. There the limit started at 8 and ended at 50, and
/// every failure halved it; here what is in flight when the distress is seen takes the place of both, and quick failures are left to ejection.
/// </para>
/// </remarks>
internal sealed class AdaptiveLimit(string cluster, MonotonicClock clock, ILogger logger) : IOutcomeObserver
{
    private const double Start = 0.5;
    private const double OnDistress = 0.5;
    private const double OnSlowAnswer = 0.8;

    // The mean of exponential latencies; the tail does not move it, nor do the few slow answers at the beginning of a distress.
    private const double UsualPercentile = 0.65;

    private const string SlowWhileLost = "slow answers while others are lost";

    // With one failure in ten by chance three in a row are one in a thousand.
    private const int InARow = 3;

    // Where somebody is lost the others have more to do. A timeout comes when as much waits as can be done in that time: slow answers tell it earlier. By
    // chance five in a row are none in a million.
    private const int SlowInARow = 5;

    // Nobody should be refused what would be answered in a tenth of the time that it has: whatever is slow for all of them, a database, would do that.
    private const int ShareOfPatience = 10;
    // Even then what is over within a hundredth of the time that it has is a queue that moves: who has just got a multiple of the load and can carry it answers so.
    private const int ShareOfPatienceInGrave = 100;
    private static readonly long s_usualPatience = TimeSpan.FromSeconds(10).Ticks;

    // Unless a fifth of all has just been lost. Then it is plain what makes the others slow, and when a tenth of the time has gone by, too much waits there.
    private const int GraveShare = 5;
    private static readonly long s_graveTime = TimeSpan.FromSeconds(10).Ticks;

    private static readonly long s_usualPeriod = TimeSpan.FromSeconds(10).Ticks;
    private static readonly long s_usualPeriodInTrouble = TimeSpan.FromMinutes(1).Ticks;

    private static readonly long s_shrinkGap = TimeSpan.FromMilliseconds(50).Ticks;

    // Below it "six times as slow" is a pause of the garbage collector. The same as for latency against peers.
    private static readonly long s_leastExcess = TimeSpan.FromMilliseconds(20).Ticks;

    private volatile AdaptiveLimitOptions _options = new();
    private volatile bool _mayBeInForce;
    private volatile bool _isSomeoneLost;
    private volatile bool _isGrave;
    private bool _wasTrouble;
    private long _usualUntil;
    private long _graveUntil;
    private int _lost;

    // In a row wherever they came from, in a grave case. Changed without care: one that is lost is one later.
    private int _slowAnswers;
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
        LookForLosses(endpoints, isSomeoneOut, now);
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

    /// <summary>Who is lost, out or in distress; and what the others usually take, which must be known before it happens: seconds later much comes from the queue.</summary>
    private void LookForLosses(ReadOnlySpan<Endpoint> endpoints, bool isSomeoneOut, long now)
    {
        var isTrouble = isSomeoneOut || _mayBeInForce;
        var isNew = isTrouble && !_wasTrouble;
        _wasTrouble = isTrouble;
        if (isNew)
        {
            _usualUntil = now + s_usualPeriodInTrouble;
        }

        if (isNew || now >= _usualUntil)
        {
            NoteUsual(endpoints, isNew);
            _usualUntil = isNew ? _usualUntil : now + (isTrouble ? s_usualPeriodInTrouble : s_usualPeriod);
        }

        var lost = 0;
        if (isTrouble)
        {
            foreach (var endpoint in endpoints)
            {
                lost += endpoint.Health.Status.State != HealthState.Healthy || endpoint.Limits.Distress is not null ? 1 : 0;
            }
        }

        if (lost > _lost && lost * GraveShare >= endpoints.Length)
        {
            _graveUntil = now + s_graveTime;
        }

        _lost = lost;
        _isSomeoneLost = isTrouble;
        _isGrave = isTrouble && now < _graveUntil;
        if (!_isGrave)
        {
            _slowAnswers = 0;
        }
        else if (_slowAnswers >= SlowInARow && _options.Enabled)
        {
            LookAtWaiting(endpoints, now);
        }
    }

    private static void NoteUsual(ReadOnlySpan<Endpoint> endpoints, bool isNewTrouble)
    {
        foreach (var endpoint in endpoints)
        {
            if (isNewTrouble)
            {
                // Nobody counts while all is well, and so nobody stops counting: what is left over belongs to an earlier trouble.
                endpoint.Limits.SlowAnswers = 0;
            }

            if (endpoint.Limits.Distress is null && (!isNewTrouble || endpoint.Limits.Usual == 0))
            {
                endpoint.Limits.Usual = endpoint.Latencies.Percentile(UsualPercentile);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void OnOutcome(Endpoint endpoint, in AttemptReport report)
    {
        if (report.Kind != OutcomeKind.Success || Volatile.Read(ref endpoint.Hot.Limit) != EndpointLoad.NoLimit || _isSomeoneLost)
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
            var baseline = UsualOf(endpoint);
            if (IsDistress(endpoint, report, baseline, options))
            {
                Begin(endpoint, report, baseline);
            }
        }
        else
        {
            JudgeAnswer(endpoint, report, options);
        }
    }

    private void JudgeAnswer(Endpoint endpoint, in AttemptReport report, AdaptiveLimitOptions options)
    {
        var isGrave = _isGrave;
        if (!_isSomeoneLost || !IsLong(report, isGrave ? ShareOfPatienceInGrave : ShareOfPatience) || !IsSlow(report, endpoint.Limits.Usual, options))
        {
            endpoint.Limits.SlowAnswers = 0;
            if (_slowAnswers != 0)
            {
                _slowAnswers = 0;
            }

            return;
        }

        if (clock.Pauses.Touch(report.StartedAt, report.EndedAt))
        {
            // Neither slow nor quick.
            return;
        }

        var isMany = ++endpoint.Limits.SlowAnswers >= SlowInARow;
        if (isGrave)
        {
            isMany |= ++_slowAnswers >= SlowInARow;
        }

        if (isMany)
        {
            Begin(endpoint, report, endpoint.Limits.Usual);
        }
    }

    /// <summary>What it took for an answer before the trouble, where that is known; else what it takes now.</summary>
    private static long UsualOf(Endpoint endpoint) => endpoint.Limits.Usual is > 0 and var usual ? usual : endpoint.Latencies.Percentile(UsualPercentile);

    private static bool IsLong(in AttemptReport report, int share) =>
        report.Duration * share >= (report.Patience > 0 ? report.Patience : s_usualPatience);

    private void Begin(Endpoint endpoint, in AttemptReport report, long baseline)
    {
        var share = report.Kind == OutcomeKind.Success ? ShareFor(report.Duration, baseline) : Start;
        Begin(endpoint, share, baseline, report.EndedAt, NameOf(report));
    }

    private void Begin(Endpoint endpoint, double share, long baseline, long now, string name)
    {
        // The attempt that tells of it is among them: its lease is given back later.
        var inFlight = endpoint.Load.Awaiting;
        var limit = new DistressLimit(Math.Max(1, share * inFlight), baseline, now);
        endpoint.Limits.SlowAnswers = 0;
        if (endpoint.Limits.TryBegin(limit))
        {
            _mayBeInForce = true;
            logger.AdaptiveLimitBegan(cluster, endpoint.ToString(), name, limit.Whole, inFlight);
        }
    }

    /// <summary>What answers too slowly has more than it can do in the time that is still good.</summary>
    private double ShareFor(long duration, long baseline) => Math.Min(Start, SlowFrom(baseline, _options) / (double)duration);

    /// <summary>
    /// Too much waits at those who answer. Whoever has no limit yet would get all that the others must not have any more, and its answers would tell of it last: what
    /// waits there tells it now. Of what waits the mean is half as old as it will be.
    /// </summary>
    private void LookAtWaiting(ReadOnlySpan<Endpoint> endpoints, long now)
    {
        foreach (var endpoint in endpoints)
        {
            var (usual, load) = (endpoint.Limits.Usual, endpoint.Load);
            if (usual == 0 || endpoint.Limits.Distress is not null || load.Awaiting != load.InFlight)
            {
                continue;
            }

            var age = 2 * load.MeanAge(now);
            if (age > SlowFrom(usual, _options) && !clock.Pauses.Touch(now - age, now))
            {
                Begin(endpoint, ShareFor(age, usual), usual, now, SlowWhileLost);
            }
        }
    }

    private void Follow(Endpoint endpoint, DistressLimit limit, in AttemptReport report, AdaptiveLimitOptions options)
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
            if (!clock.Pauses.Touch(report.StartedAt, report.EndedAt))
            {
                limit.Shrink(OnSlowAnswer, report.EndedAt, s_shrinkGap);
            }
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
        baseline != 0 && report.Duration > SlowFrom(baseline, options);

    private static long SlowFrom(long baseline, AdaptiveLimitOptions options) =>
        Math.Max((long)(options.LatencyFactor * baseline), baseline + s_leastExcess);

    private static string NameOf(in AttemptReport report) => report switch
    {
        { Kind: OutcomeKind.Overloaded } => FormattableString.Invariant($"status {report.StatusCode}"),
        { Evidence: Evidence.AttemptTimeout } => "no answer in time",
        { Evidence: Evidence.Stalled } => "stalled",
        { Kind: OutcomeKind.Success } => SlowWhileLost,
        _ => "slow failures",
    };
}
