namespace ClientLb.Samples.Failover.Observation;

/// <summary>Something that was said.</summary>
/// <param name="At">When, in ticks of <see cref="Endpoints.MonotonicClock"/>.</param>
/// <param name="Text">What.</param>
/// <param name="EventId">The id of the library's log message; 0 where the sample speaks.</param>
/// <param name="Endpoint">The name of the backend that a message of the library is about.</param>
internal sealed record JournalEntry(long At, string Text, int EventId, string? Endpoint)
{
    /// <summary>True when it is the sample that speaks: something is done to a backend.</summary>
    public bool IsDeed => EventId == 0;
}
