namespace ClientLb.Calls;

/// <summary>A client's hedging, compiled.</summary>
/// <param name="Percentile">The fraction of calls that are quicker than the delay; 0 where that is fixed.</param>
/// <param name="DelayTicks">The fixed delay, in ticks.</param>
/// <param name="MaxAttempts">How many attempts may be made at once.</param>
/// <param name="MinSamples">How many calls are measured before the percentile acts.</param>
internal sealed record HedgingPlan(double Percentile, long DelayTicks, int MaxAttempts, int MinSamples)
{
    /// <summary>The plan of some options; <see langword="null"/> where they say that nothing is hedged.</summary>
    public static HedgingPlan? Of(HedgingOptions options) =>
        options.Percentile > 0 || options.Delay > TimeSpan.Zero
            ? new(options.Percentile, options.Delay.Ticks, options.MaxAttempts, options.MinSamples)
            : null;
}
