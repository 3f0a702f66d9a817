namespace ClientLb.Balancing;

/// <summary>
/// <c>consistent_hash</c>: a ring with some 160 positions per unit of mean weight (Karger and others 1997), the ketama of other balancers. Another endpoint takes its share of the
/// keys and no others move. Shares differ by some 8 %.
/// </summary>
/// <remarks>An endpoint lies on the ring by its Id. A call without a key goes to a random endpoint by weight.</remarks>
public sealed class ConsistentHashPolicy : ILoadBalancingPolicy
{
    /// <summary>The name in configuration: <c>consistent_hash</c>.</summary>
    public const string PolicyName = "consistent_hash";

    /// <inheritdoc />
    public string Name => PolicyName;

    /// <inheritdoc />
    public bool NeedsAnnounced => true;

    /// <summary>True: weights that change by the second would move keys.</summary>
    public bool IgnoresSlowStart => true;

    /// <inheritdoc />
    public Picker CreatePicker(in PickerInput input) => HashPicker.Create(input, static group => new RingOrder(group));
}
