using System.Collections.Frozen;
using Polly;

namespace ClientLb.Calls;

/// <summary>A client's options, compiled: what a call reads by one reference.</summary>
internal sealed class CallPlan
{
    /// <summary>So long that it never ends, and yet may be added to a time.</summary>
    public const long Endless = long.MaxValue / 4;

    public CallPlan(TimeoutOptions timeouts, RetryOptions retry, TimeProvider timeProvider, HedgingOptions? hedging = null)
    {
        AttemptTicks = timeouts.Attempt.Ticks;
        CallTicks = timeouts.Call.Ticks;
        BodyIdle = timeouts.BodyIdle;
        MaxAttempts = retry.MaxAttempts;
        BaseDelay = retry.BaseDelay;
        MaxDelay = retry.MaxDelay;
        IdempotencyHeader = retry.IdempotencyHeader;
        Rules = RetryRules.Of(retry);
        Repeatable = retry.Methods.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        RepeatsGet = Repeatable.Contains("GET");
        RepeatsPost = Repeatable.Contains("POST");
        ShortestTimeout = timeouts.Attempt;
        Hedging = hedging is null ? null : HedgingPlan.Of(hedging);
        Retries = RetryPipeline.Build(timeProvider);
    }

    public long AttemptTicks { get; }

    public long CallTicks { get; }

    /// <summary>The same where somebody else makes further attempts: one only, and others where nothing was sent.</summary>
    public CallPlan WithoutRetries()
    {
        var plan = (CallPlan)MemberwiseClone();
        plan.MaxAttempts = 1;
        plan.Hedging = null;
        return plan;
    }

    /// <summary>How long such a call may take, in ticks.</summary>
    public long CallTicksOf(CallTraits traits) => (traits & CallTraits.OwnDeadline) == 0 ? CallTicks : Endless;

    /// <summary>How long an attempt of such a call may take to the head of its answer, in ticks.</summary>
    public long AttemptTicksOf(CallTraits traits) =>
        (traits & CallTraits.OwnDeadline) == 0 ? AttemptTicks
        : (traits & CallTraits.Stream) == 0 && (traits & CallTraits.RepeatableAndReplayable) == CallTraits.RepeatableAndReplayable ? AttemptTicks
        : Endless;

    public TimeSpan BodyIdle { get; }

    public int MaxAttempts { get; private set; }

    public TimeSpan BaseDelay { get; }

    public TimeSpan MaxDelay { get; }

    public string IdempotencyHeader { get; }

    /// <summary>What an attempt is made again for; <see langword="null"/>: whatever failed.</summary>
    public RetryRules? Rules { get; }

    /// <summary>The methods that may be repeated.</summary>
    public FrozenSet<string> Repeatable { get; }

    /// <summary>Whether GET is among them: asked for at nearly every call.</summary>
    public bool RepeatsGet { get; }

    /// <summary>The same of POST, which it usually is not.</summary>
    public bool RepeatsPost { get; }

    public TimeSpan ShortestTimeout { get; }

    /// <summary>Whether and when calls are hedged; <see langword="null"/> where they are not.</summary>
    public HedgingPlan? Hedging { get; private set; }

    /// <summary>Whether servers are told an attempt's limit where the call has no deadline of its own.</summary>
    public bool TellsAlways { get; init; }

    /// <summary>Polly's retry, entered only after a first attempt that has failed.</summary>
    public ResiliencePipeline<AttemptResult> Retries { get; init; }
}
