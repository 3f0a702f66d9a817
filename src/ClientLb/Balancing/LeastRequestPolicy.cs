namespace ClientLb.Balancing;

/// <summary>
/// <c>least_request</c>: of two members drawn at random by weight, the one with less in flight / weight. Constant time, and close
/// to the least loaded of all: the power of two choices (Mitzenmacher 2001), as in Envoy, YARP and gRPC (A48).
/// </summary>
/// <remarks>Members whose load is equal, idle ones for example, share by weight.</remarks>
public sealed class LeastRequestPolicy : ILoadBalancingPolicy
{
    /// <summary>The name in configuration: <c>least_request</c>.</summary>
    public const string PolicyName = "least_request";

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
            _ => new TwoChoicesPicker<InFlightMetric>(group, input.Random),
        };
    }
}
