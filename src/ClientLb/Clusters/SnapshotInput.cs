using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Clusters;

/// <summary>All that a snapshot is made of.</summary>
internal readonly struct SnapshotInput
{
    public required long Version { get; init; }

    public required ClusterOptions Options { get; init; }

    public required bool IsResolved { get; init; }

    /// <summary>Every live endpoint, in the source's order; those that leave are at the end. Never changed afterwards.</summary>
    public required Endpoint[] Endpoints { get; init; }

    /// <summary>Endpoints that are no longer announced and only finish what they have.</summary>
    public required IReadOnlySet<Endpoint> Leaving { get; init; }

    /// <summary>Endpoints that are in use though the list does not name them.</summary>
    public required IReadOnlySet<Endpoint> Unlisted { get; init; }

    public required ILoadBalancingPolicy Policy { get; init; }

    public required ClusterSnapshot? Previous { get; init; }

    public required IRandomSource Random { get; init; }

    public required MonotonicClock Clock { get; init; }

    public required long Now { get; init; }

    /// <summary>When the first list came, in ticks: who was born by then needs no slow start, because nobody is older.</summary>
    public long FirstListAt { get; init; }

    /// <summary>True when the picker says that it is outdated though its members are what they were.</summary>
    public bool MustCompile { get; init; }
}
