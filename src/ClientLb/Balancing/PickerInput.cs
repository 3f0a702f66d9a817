using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>What a policy compiles a picker from.</summary>
public readonly struct PickerInput
{
    /// <summary>The eligible endpoints of the group, in the order of the source. Never changed afterwards.</summary>
    public required IReadOnlyList<WeightedEndpoint> Members { get; init; }

    /// <summary>
    /// All endpoints of the group, eligible or not, with the source's weights, for a policy with <see cref="ILoadBalancingPolicy.NeedsAnnounced"/>;
    /// <see langword="null"/> means that <see cref="Members"/> are all. Only members may be picked.
    /// </summary>
    public IReadOnlyList<WeightedEndpoint>? Announced { get; init; }

    /// <summary>Which group of the cluster it is, for example a priority.</summary>
    public string GroupKey { get; init; }

    /// <summary>The picker that this one replaces, to take over what must survive; <see langword="null"/> for the first.</summary>
    public Picker? Previous { get; init; }

    /// <summary>What the cluster's settings tell policies; <see langword="null"/> means the defaults.</summary>
    public LoadBalancingOptions? Options { get; init; }

    /// <summary>Where chance comes from.</summary>
    public required IRandomSource Random { get; init; }

    /// <summary>The clock of the cluster.</summary>
    public required MonotonicClock Clock { get; init; }
}
