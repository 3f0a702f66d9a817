using System.Collections.Frozen;
using Polly;

namespace ClientLb.Calls;

/// <summary>A client's options, compiled: what a call reads by one reference.</summary>
internal sealed class CallPlan
{
    public CallPlan(TimeoutOptions timeouts, RetryOptions retry, TimeProvider timeProvider, HedgingOptions? hedging = null)
    {
        AttemptTicks = timeouts.Attempt.Ticks;
        CallTicks = timeouts.Call.Ticks;
        BodyIdle = timeouts.BodyIdle;
        MaxAttempts = retry.MaxAttempts;
        BaseDelay = retry.BaseDelay;
        MaxDelay = retry.MaxDelay;
        IdempotencyHeader = retry.IdempotencyHeader;
        Repeatable = retry.Methods.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        RepeatsGet = Repeatable.Contains("GET");
        ShortestTimeout = timeouts.Attempt;
        Hedging = hedging is null ? null : HedgingPlan.Of(hedging);
        Retries = RetryPipeline.Build(timeProvider);
    }

    public long AttemptTicks { get; }

    public long CallTicks { get; }

    public TimeSpan BodyIdle { get; }

    public int MaxAttempts { get; }

    public TimeSpan BaseDelay { get; }

    public TimeSpan MaxDelay { get; }

    public string IdempotencyHeader { get; }

    /// <summary>The methods that may be repeated.</summary>
    public FrozenSet<string> Repeatable { get; }

    /// <summary>Whether GET is among them: asked for at nearly every call.</summary>
    public bool RepeatsGet { get; }

    public TimeSpan ShortestTimeout { get; }

    /// <summary>Whether and when calls are hedged; <see langword="null"/> where they are not.</summary>
    public HedgingPlan? Hedging { get; }

    /// <summary>Whether servers are told an attempt's limit where the call has no deadline of its own.</summary>
    public bool TellsAlways { get; init; }

    /// <summary>Polly's retry, entered only after a first attempt that has failed.</summary>
    public ResiliencePipeline<AttemptResult> Retries { get; }
}
