using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>The members of a group in arrays, with weights that a picker can trust: finite, above 0, their mean 1.</summary>
internal sealed class WeightedGroup
{
    // Beyond this ratio to the heaviest member a weight is raised: such a share is invisible, and it keeps every sum finite.
    private const double SmallestShare = 1e-9;

    // Weights of usual size are kept as they are; what a float can't hold is related to the heaviest first.
    private const double SmallestUsual = 1e-20;
    private const double LargestUsual = 1e30;

    private readonly float[] _given;
    private readonly double _largest;
    private readonly double _mean = 1;

    private WeightedGroup(Endpoint[] endpoints, float[] given)
    {
        Endpoints = endpoints;
        _given = given;
        IsUniform = given.Length <= 1 || !given.AsSpan().ContainsAnyExcept(given[0]);
        if (IsUniform)
        {
            return;
        }

        foreach (var weight in given)
        {
            _largest = Math.Max(_largest, weight);
        }

        // The largest comes first, because a sum of huge weights would not be finite.
        var sum = 0.0;
        foreach (var weight in given)
        {
            sum += Math.Max(weight / _largest, SmallestShare);
        }

        _mean = sum / given.Length;
    }

    public Endpoint[] Endpoints { get; }

    /// <summary>True when all weigh the same: the fast path of every picker.</summary>
    public bool IsUniform { get; }

    public int Count => Endpoints.Length;

    /// <summary>Takes the members in. One whose weight is not above 0 is left out: it drains.</summary>
    public static WeightedGroup From(in PickerInput input) => From(input.Members);

    /// <summary>Takes members in, in their order. One whose weight is not above 0 is left out.</summary>
    public static WeightedGroup From(IReadOnlyList<WeightedEndpoint> members)
    {
        if (members is GroupMembers shared && AreUsual(shared.Weights))
        {
            return new WeightedGroup(shared.Endpoints, shared.Weights);
        }

        var count = 0;
        var largest = 0.0;
        for (var i = 0; i < members.Count; i++)
        {
            var weight = members[i].Weight;
            count += weight > 0 ? 1 : 0;
            largest = weight > largest ? Math.Min(weight, double.MaxValue) : largest;
        }

        var unit = largest is > SmallestUsual and < LargestUsual ? 1 : largest;
        var endpoints = new Endpoint[count];
        var weights = new float[count];
        for (int i = 0, place = 0; i < members.Count; i++)
        {
            var (endpoint, weight) = members[i];
            if (weight > 0)
            {
                endpoints[place] = endpoint;
                weights[place++] = (float)(Math.Min(weight, double.MaxValue) / unit);
            }
        }

        return new WeightedGroup(endpoints, weights);
    }

    /// <summary>The weight of a member relative to their mean.</summary>
    public double WeightOf(int index) => IsUniform ? 1 : Math.Max(_given[index] / _largest, SmallestShare) / _mean;

    /// <summary>The weights of all relative to their mean, computed anew.</summary>
    public double[] Weights()
    {
        var weights = new double[Count];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = WeightOf(i);
        }

        return weights;
    }

    /// <summary>1 / weight of each; none where all weigh the same.</summary>
    public float[] InverseWeights()
    {
        var inverse = IsUniform ? [] : new float[Count];
        for (var i = 0; i < inverse.Length; i++)
        {
            inverse[i] = (float)(1 / WeightOf(i));
        }

        return inverse;
    }

    /// <summary>Draws by weight among all that are allowed, with a look at each: to go to the next one instead would double its share.</summary>
    /// <param name="context">What is excluded.</param>
    /// <param name="except">An index to avoid, or −1.</param>
    /// <param name="bits">Uniform random bits.</param>
    /// <returns>An index; −1 where there is none.</returns>
    public int Draw(in PickContext context, int except, ulong bits)
    {
        var sum = 0.0;
        for (var i = 0; i < Endpoints.Length; i++)
        {
            sum += i != except && !context.Excludes(Endpoints[i]) ? WeightOf(i) : 0;
        }

        var point = (bits >> 11) * (sum / (1UL << 53));
        var last = -1;
        for (var i = 0; i < Endpoints.Length; i++)
        {
            if (i != except && !context.Excludes(Endpoints[i]))
            {
                last = i;
                point -= WeightOf(i);
                if (point < 0)
                {
                    break;
                }
            }
        }

        return last;
    }

    private static bool AreUsual(float[] weights)
    {
        foreach (var weight in weights)
        {
            if (weight is not (> 0 and < (float)LargestUsual))
            {
                return false;
            }
        }

        return true;
    }
}
