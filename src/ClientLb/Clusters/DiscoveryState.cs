namespace ClientLb.Clusters;

/// <summary>How a cluster stands with its source: what the age, the errors and the messages are made of.</summary>
/// <param name="ConfirmedAt">When the source last confirmed its list, in ticks; 0 before the first list.</param>
/// <param name="Errors">Errors since then.</param>
/// <param name="LastError">The text of the last one; <see langword="null"/> while all is well.</param>
/// <param name="Note">What the source wants a person to know.</param>
public sealed record DiscoveryState(long ConfirmedAt, int Errors, string? LastError, string? Note)
{
    internal static DiscoveryState Initial { get; } = new(0, 0, null, null);
}
