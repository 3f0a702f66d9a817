namespace ClientLb.Balancing;

/// <summary>
/// <c>pick_first</c>: everything goes to the first member in the order of the source, and stays there as long as it is eligible, also when one
/// before it comes back. For a leader with stand-bys, and for services that keep state; it balances nothing.
/// </summary>
/// <remarks>As gRPC's policy of this name, without its shuffle. A retry goes to the next one in the order. Weights are overlooked, but for 0.</remarks>
public sealed class PickFirstPolicy : ILoadBalancingPolicy
{
    /// <summary>The name in configuration: <c>pick_first</c>.</summary>
    public const string PolicyName = "pick_first";

    /// <inheritdoc />
    public string Name => PolicyName;

    /// <inheritdoc />
    public bool IgnoresSlowStart => true;

    /// <inheritdoc />
    public Picker CreatePicker(in PickerInput input)
    {
        var endpoints = WeightedGroup.From(input).Endpoints;
        if (endpoints.Length == 0)
        {
            return Picker.None;
        }

        var current = input.Previous is PickFirstPicker previous ? Array.IndexOf(endpoints, previous.Current) : 0;
        return new PickFirstPicker(endpoints, endpoints[Math.Max(0, current)]);
    }
}
