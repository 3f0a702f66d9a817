namespace ClientLb.Samples.Failover.Load;

/// <summary>How one call went. Times in ticks of <see cref="Endpoints.MonotonicClock"/>.</summary>
/// <param name="StartedAt">When it was made.</param>
/// <param name="Duration">Until its body was read.</param>
/// <param name="Lateness">How much later than planned it was made: the fault of this machine, not of the balancer.</param>
/// <param name="Status">The status code, or the reason of the failure.</param>
/// <param name="IsFailed">True when the caller has no good answer.</param>
internal readonly record struct CallRecord(long StartedAt, long Duration, long Lateness, string Status, bool IsFailed);
