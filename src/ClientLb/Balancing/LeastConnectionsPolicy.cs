namespace ClientLb.Balancing;

/// <summary>
/// <c>least_connections</c>, and <c>weighted_least_connections</c>: the member with the least in flight / weight of all, as users of nginx, HAProxy
/// and LVS know it. In flight are attempts, not connections: over HTTP/2 one connection carries many.
/// </summary>
/// <remarks>
/// Up to 32 members all are looked at; above, <see cref="LoadBalancingOptions.Choices"/> of them drawn at random, as <c>least_request</c> does it
/// at every size. Members whose load is equal share by weight at random.
/// </remarks>
public sealed class LeastConnectionsPolicy : ILoadBalancingPolicy
{
    /// <summary>The name in configuration: <c>least_connections</c>.</summary>
    public const string PolicyName = "least_connections";

    /// <summary>Its other name: <c>weighted_least_connections</c>.</summary>
    public const string WeightedPolicyName = "weighted_least_connections";

    /// <summary>Creates the policy.</summary>
    public LeastConnectionsPolicy()
        : this(PolicyName)
    {
    }

    internal LeastConnectionsPolicy(string name) => Name = name;

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public Picker CreatePicker(in PickerInput input) =>
        LoadPickers.Compile<InFlightMetric>(WeightedGroup.From(input), input.Options?.Choices ?? 2, LoadPickers.LargestScan, input.Random);
}
