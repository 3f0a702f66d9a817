using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// <c>peak_ewma</c>: of two members drawn at random by weight, the one where an attempt can expect the shorter wait: its
/// peak-sensitive average latency × (in flight / weight + 1). A slow answer counts at once, a quick one little by little
/// (Finagle's <c>PeakEwma</c>, also in linkerd); unlike there, a failed attempt never counts as a quick answer.
/// </summary>
/// <remarks>See <see cref="EndpointLoad.PeakLatency"/> and <see cref="EndpointLoad.PeakEwmaCost"/> for the formulas.</remarks>
public sealed class PeakEwmaPolicy : ILoadBalancingPolicy
{
    /// <summary>The name in configuration: <c>peak_ewma</c>.</summary>
    public const string PolicyName = "peak_ewma";

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
            _ => new TwoChoicesPicker<PeakEwmaMetric>(group, input.Random),
        };
    }
}
