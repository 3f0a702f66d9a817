namespace ClientLb.Samples.Failover.Observation;

/// <summary>One attempt as the library's meter tells of it. Times in ticks of <see cref="Endpoints.MonotonicClock"/>.</summary>
/// <param name="Endpoint">The name of the backend.</param>
/// <param name="StartedAt">When it was made.</param>
/// <param name="Duration">Until the answer's headers.</param>
/// <param name="Outcome">What it said of the endpoint.</param>
internal readonly record struct AttemptRecord(string Endpoint, long StartedAt, long Duration, string Outcome)
{
    public long EndedAt => StartedAt + Duration;
}
