using ClientLb.Endpoints;

namespace ClientLb.Calls;

/// <summary>What a face read out of an answer or a failure.</summary>
/// <param name="Kind">What it says of the endpoint.</param>
/// <param name="Evidence">What was seen.</param>
/// <param name="RetryAfter">For how long the endpoint asked to be left alone; zero where it did not.</param>
/// <param name="StatusCode">The protocol's status, 0 where there is none.</param>
internal readonly record struct AttemptVerdict(OutcomeKind Kind, Evidence Evidence, TimeSpan RetryAfter = default, int StatusCode = 0);
