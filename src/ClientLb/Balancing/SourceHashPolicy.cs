namespace ClientLb.Balancing;

/// <summary>
/// <c>source_hash</c>: the remainder of the key's hash by the sum of the weights, as in <c>ip_hash</c> of nginx and <c>balance source</c> of HAProxy. The most even
/// of the hashing policies, and the one that moves nearly all keys when the list of endpoints changes: (n − 1) / n of them.
/// </summary>
/// <remarks>An ejection is no change of the list: it moves the keys of the ejected endpoint alone. A call without a key goes to a random endpoint by weight.</remarks>
public sealed class SourceHashPolicy : ILoadBalancingPolicy
{
    /// <summary>The name in configuration: <c>source_hash</c>.</summary>
    public const string PolicyName = "source_hash";

    /// <inheritdoc />
    public string Name => PolicyName;

    /// <inheritdoc />
    public bool NeedsAnnounced => true;

    /// <summary>True: weights that change by the second would move keys.</summary>
    public bool IgnoresSlowStart => true;

    /// <inheritdoc />
    public Picker CreatePicker(in PickerInput input) => HashPicker.Create(input, static group => new ModuloOrder(group));
}
