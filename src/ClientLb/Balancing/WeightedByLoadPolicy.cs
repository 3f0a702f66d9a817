namespace ClientLb.Balancing;

/// <summary>
/// <c>weighted_by_load</c>: round robin by weights that the endpoints' own reports of load give, qps / (utilization + eps / qps × penalty): who does
/// more with less gets more (gRFC A58, <c>weighted_round_robin</c> of gRPC and Envoy). For calls of unequal cost, and servers that report.
/// </summary>
/// <remarks>
/// Reports are ORCA's, in the headers or gRPC trailers of answers: see <see cref="Endpoints.LoadReport"/>. An endpoint whose weight is not known
/// gets the mean of those that are; with fewer than two known ones the weights of the source count, and only then. Weights follow the reports about
/// once a second, in the cluster's loop. Settings: <see cref="ByLoadOptions"/>.
/// </remarks>
public sealed class WeightedByLoadPolicy : ILoadBalancingPolicy
{
    /// <summary>The name in configuration: <c>weighted_by_load</c>.</summary>
    public const string PolicyName = "weighted_by_load";

    /// <inheritdoc />
    public string Name => PolicyName;

    /// <inheritdoc />
    public Picker CreatePicker(in PickerInput input)
    {
        if (WeightedGroup.From(input).Count == 0)
        {
            return Picker.None;
        }

        // One member has a picker too: its reports count when there are more.
        var cursor = (input.Previous as WeightedByLoadPicker)?.Cursor ?? new RoundRobinCursor(input.Random.NextBits());
        return new WeightedByLoadPicker(input, cursor);
    }
}
