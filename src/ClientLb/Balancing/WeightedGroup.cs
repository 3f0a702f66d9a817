using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>The members of a group in arrays, with weights that a picker can trust: finite, above 0, their mean 1.</summary>
internal sealed class WeightedGroup
{
    // Beyond this ratio to the heaviest member a weight is raised: such a share is invisible, and it keeps every sum finite.
    private const double SmallestShare = 1e-9;

    private WeightedGroup(Endpoint[] endpoints, double[] weights, bool isUniform)
    {
        Endpoints = endpoints;
        Weights = weights;
        IsUniform = isUniform;
    }

    public Endpoint[] Endpoints { get; }

    /// <summary>The weights relative to their mean.</summary>
    public double[] Weights { get; }

    /// <summary>True when all weigh the same: the fast path of every picker.</summary>
    public bool IsUniform { get; }

    public int Count => Endpoints.Length;

    /// <summary>Copies the members. One whose weight is not above 0 is left out: it drains.</summary>
    public static WeightedGroup From(in PickerInput input) => From(input.Members);

    /// <summary>Copies members in their order. One whose weight is not above 0 is left out.</summary>
    public static WeightedGroup From(IReadOnlyList<WeightedEndpoint> members)
    {
        var endpoints = new List<Endpoint>(members.Count);
        var weights = new List<double>(members.Count);
        var largest = 0.0;
        for (var i = 0; i < members.Count; i++)
        {
            var (endpoint, weight) = members[i];
            if (weight > 0)
            {
                weight = Math.Min(weight, double.MaxValue);
                largest = Math.Max(largest, weight);
                endpoints.Add(endpoint);
                weights.Add(weight);
            }
        }

        var normal = weights.ToArray();
        return new WeightedGroup(endpoints.ToArray(), normal, Normalise(normal, largest));
    }

    /// <summary>1 / weight of each; none where all weigh the same.</summary>
    public float[] InverseWeights() => IsUniform ? [] : Array.ConvertAll(Weights, static weight => (float)(1 / weight));

    /// <summary>Divides by the mean. The largest comes first, because a sum of huge weights would not be finite.</summary>
    private static bool Normalise(double[] weights, double largest)
    {
        var isUniform = true;
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = Math.Max(weights[i] / largest, SmallestShare);
            isUniform &= weights[i] == weights[0];
            sum += weights[i];
        }

        var mean = sum / weights.Length;
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = isUniform ? 1 : weights[i] / mean;
        }

        return isUniform;
    }
}
