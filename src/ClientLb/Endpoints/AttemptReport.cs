namespace ClientLb.Endpoints;

/// <summary>How one attempt ended, as it is reported to the endpoint and to whoever observes outcomes.</summary>
/// <param name="Kind">What it says of the endpoint.</param>
/// <param name="Evidence">What was seen.</param>
/// <param name="StartedAt">When it was sent, in ticks of <see cref="MonotonicClock"/> (100 ns).</param>
/// <param name="EndedAt">When the answer or the failure came, in the same ticks.</param>
public readonly record struct AttemptReport(OutcomeKind Kind, Evidence Evidence, long StartedAt, long EndedAt)
{
    /// <summary>
    /// The time from sending to the answer's headers, in ticks (100 ns). For an attempt that was given up it is a lower bound:
    /// see <see cref="IsLowerBound"/>.
    /// </summary>
    public long Duration => EndedAt - StartedAt;

    /// <summary>True when the attempt was given up before it answered: it was at least that slow.</summary>
    public bool IsLowerBound { get; init; }

    /// <summary>How long the attempt might have taken, in ticks (100 ns); 0 where that is not known.</summary>
    internal long Patience { get; init; }

    /// <summary>True where the attempt was counted as a success when its head came: the failure takes the place of that.</summary>
    internal bool IsDowngrade { get; init; }

    /// <summary>The protocol's status (HTTP status code, gRPC status), 0 where there is none.</summary>
    public int StatusCode { get; init; }

    /// <summary>For how long the endpoint asked to be left alone, in ticks (100 ns); 0 where it did not.</summary>
    public long RetryAfter { get; init; }

    /// <summary>
    /// What the endpoint said of its own load; empty unless the cluster's policy wants it (<c>Picker.ReadsLoadReports</c>) or its settings do. Reports in
    /// gRPC trailers come after the outcome, in a report of kind <see cref="OutcomeKind.Ignored"/> of their own.
    /// </summary>
    public LoadReport Load { get; init; }
}
