using ClientLb.Endpoints;

namespace ClientLb.Discovery;

/// <summary>How a source stands that is put together from others.</summary>
/// <param name="Endpoints">Its list; <see langword="null"/> where there is none, or none that may be told yet.</param>
/// <param name="ConfirmedAt">When it was last confirmed, in ticks.</param>
/// <param name="IsStale">Whether it may be out of date.</param>
/// <param name="IsIncomplete">Whether something may be missing in it.</param>
/// <param name="Note">What a person should know.</param>
/// <param name="Error">What is wrong now; another object for every further failure.</param>
internal readonly record struct SourceState(
    IReadOnlyList<EndpointDescriptor>? Endpoints, long ConfirmedAt, bool IsStale, bool IsIncomplete, string? Note, Exception? Error);
