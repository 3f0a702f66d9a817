using ClientLb.Endpoints;

namespace ClientLb.Discovery;

/// <summary>One item of a watch: the complete current set of endpoints.</summary>
/// <param name="Endpoints">All of them, those that are critical or in maintenance included. Do not change it afterwards.</param>
/// <param name="ConfirmedAt">When the registry said so, in ticks of <see cref="MonotonicClock"/>.</param>
/// <param name="Freshness">How much it is worth.</param>
public sealed record EndpointUpdate(IReadOnlyList<EndpointDescriptor> Endpoints, long ConfirmedAt, UpdateFreshness Freshness = UpdateFreshness.Fresh)
{
    /// <summary>What a person should know of it, for example what an empty list may mean; <see langword="null"/> for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>
    /// An error that the source has met and goes on from by itself; the endpoints are those it gave before. Before the first list
    /// there are none, which then says nothing: the cluster stays unresolved. Endpoints that are not <see cref="UpdateFreshness.Unchanged"/> are
    /// taken in all the same.
    /// </summary>
    public Exception? Error { get; init; }

    /// <summary>
    /// Something that the list should have may be missing. Endpoints that it no longer names and that answered lately are then kept as they are
    /// when a list is empty: until their first hard failure, or until a complete list has been there for a while. Default: no.
    /// </summary>
    public bool IsIncomplete { get; init; }

    /// <summary>Whether the endpoints say something; beside an error they mostly do not.</summary>
    internal bool HasList => Error is null || (Endpoints.Count > 0 && Freshness != UpdateFreshness.Unchanged);
}
