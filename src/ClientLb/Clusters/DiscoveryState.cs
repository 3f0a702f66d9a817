using ClientLb.Discovery;

namespace ClientLb.Clusters;

/// <summary>How a cluster stands with its source: what the age, the errors and the messages are made of.</summary>
/// <param name="ConfirmedAt">When the source last confirmed its list, in ticks; below 0 for a list from before the machine's start. See <see cref="Freshness"/>.</param>
/// <param name="Errors">Errors since then.</param>
/// <param name="LastError">The text of the last one; <see langword="null"/> while all is well.</param>
/// <param name="Note">What the source wants a person to know.</param>
public sealed record DiscoveryState(long ConfirmedAt, int Errors, string? LastError, string? Note)
{
    /// <summary>
    /// What the list in force is worth: <see cref="UpdateFreshness.Stale"/> where it may be out of date, for example one from disk, which
    /// <see cref="Note"/> then says; otherwise <see cref="UpdateFreshness.Fresh"/>. <see langword="null"/> before the first list.
    /// </summary>
    public UpdateFreshness? Freshness { get; init; }

    internal static DiscoveryState Initial { get; } = new(0, 0, null, null);
}
