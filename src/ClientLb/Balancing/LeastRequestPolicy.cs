namespace ClientLb.Balancing;

/// <summary>
/// <c>least_request</c>: of two members drawn at random by weight, the one with less in flight / weight. Constant time, and close
/// to the least loaded of all: the power of two choices (Mitzenmacher 2001), as in Envoy, YARP and gRPC (A48).
/// </summary>
/// <remarks>
/// Members whose load is equal, idle ones for example, share by weight. <see cref="LoadBalancingOptions.Choices"/> compares more than two; where
/// it reaches their number, all. <see cref="LoadBalancingOptions.ActiveRequestBias"/> makes more or less of what is in flight where weights differ.
/// </remarks>
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
        var options = input.Options;
        var choices = options?.Choices ?? 2;
        return options is null or { ActiveRequestBias: 1 } || group.IsUniform
            ? LoadPickers.Compile<InFlightMetric>(group, choices, 0, input.Random)
            : LoadPickers.Compile(group, choices, 0, input.Random, new BiasedInFlightMetric(options.ActiveRequestBias));
    }
}
