namespace ClientLb.Balancing;

/// <summary>
/// <c>maglev</c>: a table of 65537 slots or more (Eisenbud and others, NSDI 2016), as in Envoy and in the balancers of Google. The quickest lookup, shares
/// within 1 %; a change of the list moves its share of the keys and about 1 % of the others.
/// </summary>
/// <remarks>An endpoint is known by its Id. A call without a key goes to a random endpoint by weight.</remarks>
public sealed class MaglevPolicy : ILoadBalancingPolicy
{
    /// <summary>The name in configuration: <c>maglev</c>.</summary>
    public const string PolicyName = "maglev";

    /// <inheritdoc />
    public string Name => PolicyName;

    /// <inheritdoc />
    public bool NeedsAnnounced => true;

    /// <summary>True: weights that change by the second would move keys.</summary>
    public bool IgnoresSlowStart => true;

    /// <inheritdoc />
    public Picker CreatePicker(in PickerInput input) => HashPicker.Create(input, static group => new MaglevOrder(group));
}
