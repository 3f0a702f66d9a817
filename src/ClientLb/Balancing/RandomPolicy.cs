namespace ClientLb.Balancing;

/// <summary>
/// <c>random</c>: each pick is independent, with a probability in proportion to the weight. It looks at no load, so it suits
/// short, equal calls, and comparisons. One draw from an alias table (Walker 1977, Vose 1991): constant time for any weights.
/// </summary>
public sealed class RandomPolicy : ILoadBalancingPolicy
{
    /// <summary>The name in configuration: <c>random</c>.</summary>
    public const string PolicyName = "random";

    /// <inheritdoc />
    public string Name => PolicyName;

    /// <inheritdoc />
    public Picker CreatePicker(in PickerInput input)
    {
        var group = WeightedGroup.From(input);
        return group.Count switch
        {
            0 => Picker.None,
            1 => new SinglePicker(group.Endpoints[0]),
            _ => new RandomPicker(group, input.Random),
        };
    }
}
