using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// <c>least_response_time</c>: the member where an attempt can expect the shortest wait of all, its average latency × (in flight / weight + 1), as in
/// the <c>least_time</c> of nginx Plus and NetScaler's method of this name.
/// </summary>
/// <remarks>
/// <para>The latency alone would send everything to one member until it breaks down, so what is in flight multiplies it. The average is
/// <see cref="EndpointLoad.PeakLatency"/>, faded toward 0 since the last answer, so that a slow member is tried again some time; a failed attempt
/// counts as five times as slow as the member was, never as a quick answer. All members within 10 % of the best are as good as it and share by
/// weight: a client that has all calls alone would else follow the noise.</para>
/// <para>Up to 32 members all are looked at; above, <see cref="LoadBalancingOptions.Choices"/> of them drawn at random, and then it is
/// <c>peak_ewma</c>.</para>
/// </remarks>
public sealed class LeastResponseTimePolicy : ILoadBalancingPolicy
{
    /// <summary>The name in configuration: <c>least_response_time</c>.</summary>
    public const string PolicyName = "least_response_time";

    /// <inheritdoc />
    public string Name => PolicyName;

    /// <inheritdoc />
    public Picker CreatePicker(in PickerInput input) =>
        LoadPickers.Compile<PeakEwmaMetric>(WeightedGroup.From(input), input.Options?.Choices ?? 2, LoadPickers.LargestScan, input.Random);
}
