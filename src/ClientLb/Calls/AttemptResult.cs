using ClientLb.Endpoints;

namespace ClientLb.Calls;

/// <summary>How one attempt of a call ended, as the retry sees it: a value, never an exception.</summary>
/// <param name="Response">The answer, where there is one.</param>
/// <param name="Exception">The failure, where there is one.</param>
/// <param name="Verdict">What it says of the endpoint.</param>
/// <param name="Cause">Why it was stopped, if it was.</param>
/// <param name="Endpoint">Where it went; <see langword="null"/> when no endpoint was left for it.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="CanSendAgain">Whether the call's body can be sent once more.</param>
internal readonly record struct AttemptResult(object? Response, Exception? Exception, AttemptVerdict Verdict, StopCause Cause, Endpoint? Endpoint, TimeSpan Duration, bool CanSendAgain);
