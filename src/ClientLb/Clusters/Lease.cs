using ClientLb.Endpoints;

namespace ClientLb.Clusters;

/// <summary>An endpoint in use by an attempt. Whoever holds it reports its outcome once and releases it once.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="StartedAt">When it was taken, in ticks.</param>
/// <param name="IsProbation">True when it is the one attempt of a probation.</param>
/// <param name="IsCounted">True while it takes a place of the cluster's own limit.</param>
internal readonly record struct Lease(Endpoint Endpoint, long StartedAt, bool IsProbation, bool IsCounted = false)
{
    /// <summary>True once it is a stream's: it takes no place.</summary>
    public bool IsStream { get; init; }
}
