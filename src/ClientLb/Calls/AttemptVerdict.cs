using ClientLb.Endpoints;

namespace ClientLb.Calls;

/// <summary>What one attempt says of its endpoint, as a face has classified it.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Evidence">What was seen.</param>
/// <param name="RetryAfter">For how long the endpoint asked to be left alone; zero where it did not.</param>
/// <param name="StatusCode">The protocol's status; 0 where there is none.</param>
internal readonly record struct AttemptVerdict(OutcomeKind Kind, Evidence Evidence, TimeSpan RetryAfter = default, int StatusCode = 0)
{
    /// <summary>True where the head of the answer is there and what it comes to will be known later: its body reports.</summary>
    public bool IsProvisional { get; init; }

    /// <summary>True where a further attempt may follow though the endpoint has done nothing wrong: for it the attempt is a success.</summary>
    public bool IsInnocent { get; init; }

    /// <summary>True where no further attempt may follow, whatever the call allows.</summary>
    public bool IsFinal { get; init; }
}
