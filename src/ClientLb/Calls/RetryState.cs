using ClientLb.Affinity;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging;

namespace ClientLb.Calls;

/// <summary>What is known of a call once its first attempt has failed: what was tried, and whether another attempt may follow.</summary>
internal sealed class RetryState(Cluster cluster, CallPlan plan, CallTraits traits, CallKey key, long callDeadline, IRandomSource random, ILogger logger)
{
    private readonly List<Endpoint> _tried = [];
    private readonly List<FailedAttempt> _failures = [];
    private int _counted;
    private bool _hasToken;
    private bool _isSecondRound;

    /// <summary>The attempts that were made.</summary>
    public int Attempts { get; private set; }

    /// <summary>Endpoints that the next attempt avoids. Emptied when every endpoint has been tried and one may be tried again.</summary>
    public List<Endpoint> Tried => _tried;

    public IReadOnlyList<FailedAttempt> Failures => _failures;

    /// <summary>The wait before the next attempt.</summary>
    public TimeSpan Delay { get; private set; }

    /// <summary>Why no further attempt follows.</summary>
    public CallFailureReason Reason { get; private set; } = CallFailureReason.AttemptsFailed;

    public CallTraits Traits => traits;

    /// <summary>The key of the call: the next attempt goes to the next endpoint of the same key.</summary>
    public CallKey Key => key;

    public long CallDeadline => callDeadline;

    /// <summary>Whether another attempt follows, and when. A retry takes its token here, before it waits.</summary>
    /// <param name="result">How the attempt ended.</param>
    /// <param name="others">Attempts of a hedged call that are still in flight.</param>
    public bool Decide(in AttemptResult result, int others = 0)
    {
        if (result.Endpoint is null)
        {
            // There was no endpoint to try: whatever happened before is what the caller gets.
            return false;
        }

        var verdict = result.Verdict;
        var now = cluster.Clock.Now;
        if (!Note(result) || !MayRepeat(result) || !HasTime(result.Cause == StopCause.CallTimeout ? callDeadline : now))
        {
            return false;
        }

        var elsewhere = IsAnyoneElse();
        if (verdict.Kind == OutcomeKind.NotSent && elsewhere && !_isSecondRound && !IsNobodyReached())
        {
            // Nothing was sent, so nothing is added to anyone's load: no token, no wait.
            return Proceed(result, TimeSpan.Zero);
        }

        if (verdict.Kind == OutcomeKind.NotSent)
        {
            _counted++;
        }

        if (_counted + others >= plan.MaxAttempts)
        {
            Reason = CallFailureReason.AttemptsFailed;
            return false;
        }

        if (!cluster.Budget.TryWithdraw())
        {
            Reason = CallFailureReason.BudgetSpent;
            return false;
        }

        var delay = elsewhere ? Jittered() : TimeSpan.FromTicks(Math.Max(Jittered().Ticks, verdict.RetryAfter.Ticks));
        if (!HasTime(now + delay.Ticks))
        {
            cluster.Budget.Refund();
            return false;
        }

        _hasToken = true;
        if (!elsewhere)
        {
            // From now on endpoints are met again: an attempt that reaches nobody counts like any other.
            _isSecondRound = true;
            _tried.Clear();
        }

        return Proceed(result, delay);
    }

    /// <summary>Takes in how an attempt ended.</summary>
    /// <returns>False when it is one that nothing follows.</returns>
    public bool Note(in AttemptResult result)
    {
        Attempts++;
        _hasToken = false;
        if (result.Verdict.Kind == OutcomeKind.Success)
        {
            return false;
        }

        _failures.Add(Describe(result));
        if (result.Verdict.Kind == OutcomeKind.Ignored)
        {
            return false;
        }

        Avoid(result.Endpoint!);
        if (result.Verdict.Kind != OutcomeKind.NotSent)
        {
            _counted++;
        }

        return true;
    }

    /// <summary>The next attempt goes to another endpoint than this one.</summary>
    public void Avoid(Endpoint endpoint)
    {
        if (!_tried.Contains(endpoint))
        {
            _tried.Add(endpoint);
        }
    }

    /// <summary>Whether an attempt may be made beside those in flight, which have not failed. It takes its token here.</summary>
    /// <param name="inFlight">How many there are; <see cref="Tried"/> has them.</param>
    /// <returns>Why not; <see langword="null"/> when it may.</returns>
    public string? RefuseHedge(int inFlight) =>
        _counted + inFlight >= plan.MaxAttempts ? "the call has no attempt left"
        : !HasTime(cluster.Clock.Now) ? "too little time of the call is left"
        : !IsAnyoneElse() ? "there is no other endpoint"
        : !cluster.Budget.TryWithdraw() ? "the retry budget is spent"
        : null;

    /// <summary>The attempt that was decided begins: its token is its own.</summary>
    public bool TakeToken()
    {
        var had = _hasToken;
        _hasToken = false;
        return had;
    }

    /// <summary>The attempt that was decided found everybody else at the limit: whatever happened before is what the caller gets.</summary>
    public void Refuse()
    {
        Reason = CallFailureReason.AllAtLimit;
        cluster.Metrics.Refusal(cluster.Name, "retry");
    }

    /// <summary>The call has ended: a token that was taken for an attempt which was not made goes back.</summary>
    public void End()
    {
        if (_hasToken)
        {
            _hasToken = false;
            cluster.Budget.Refund();
        }
    }

    private bool MayRepeat(in AttemptResult result)
    {
        if (result.Verdict.IsFinal)
        {
            // The endpoint has said so, or the status is one that another endpoint would say too.
            return false;
        }

        if (!result.CanSendAgain || (result.Verdict.Kind != OutcomeKind.NotSent && (traits & CallTraits.Repeatable) == 0))
        {
            Reason = CallFailureReason.NotRepeatable;
            return false;
        }

        return plan.Rules is not { } rules || rules.Allow(result.Verdict);
    }

    /// <summary>Whether an attempt that begins then could be answered in time; where not, it is known why none follows.</summary>
    public bool HasTime(long start)
    {
        if (callDeadline - start < cluster.AnswerFloor.Of(cluster.Snapshot, cluster.Clock.Now))
        {
            Reason = CallFailureReason.DeadlineExceeded;
            return false;
        }

        return true;
    }

    /// <summary>Only those are left that nobody reached lately: to go round all of them in each call would be a storm of connects.</summary>
    private bool IsNobodyReached() => cluster.Snapshot.Eligibility is Eligibility.HardEjected or Eligibility.Critical;

    /// <summary>Whether an endpoint is left that was not tried.</summary>
    public bool IsAnyoneElse()
    {
        var snapshot = cluster.Snapshot;
        foreach (var endpoint in snapshot.Eligible)
        {
            if (!_tried.Contains(endpoint))
            {
                return true;
            }
        }

        return Array.Exists(snapshot.Reserve, endpoint => !_tried.Contains(endpoint));
    }

    private bool Proceed(in AttemptResult result, TimeSpan delay)
    {
        Delay = delay;
        var evidence = ClusterReporter.TagOf(result.Verdict.Evidence);
        cluster.Metrics.Retry(cluster.Name, evidence);
        if (logger.IsEnabled(LogLevel.Debug))
        {
            logger.Retrying(cluster.Name, Attempts, result.Endpoint!.ToString(), ClusterReporter.TagOf(result.Verdict.Kind), evidence, delay);
        }

        return true;
    }

    private TimeSpan Jittered()
    {
        var ceiling = Math.Min(plan.MaxDelay.Ticks, plan.BaseDelay.Ticks * Math.Pow(2, Math.Max(0, _counted - 1)));
        return TimeSpan.FromTicks((long)(ceiling * random.NextDouble()));
    }

    private FailedAttempt Describe(in AttemptResult result) => new(
        result.Endpoint!.ToString(), result.Verdict.Kind, result.Verdict.Evidence, result.Duration, CallErrors.DetailOf(cluster, result));
}
