using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// The member of the lowest cost of all, in time proportional to their number. Those that cost the same share by weight at random: were it the
/// first of them, every client would send its first call to the same one.
/// </summary>
/// <typeparam name="TMetric">What is compared.</typeparam>
internal sealed class FullScanPicker<TMetric> : Picker
    where TMetric : struct, ILoadMetric
{
    // Knuth's MMIX generator: one draw from the source is stretched over all ties of a pick.
    private const ulong Multiplier = 6364136223846793005;
    private const ulong Increment = 1442695040888963407;

    private readonly Endpoint[] _endpoints;
    private readonly float[] _weights;
    private readonly float[] _inverseWeights;
    private readonly RandomBits _random;
    private readonly TMetric _metric;

    /// <param name="group">At least two members.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="metric">What is compared.</param>
    public FullScanPicker(WeightedGroup group, IRandomSource random, TMetric metric = default)
    {
        _endpoints = group.Endpoints;
        var weights = group.Weights();
        _weights = Array.ConvertAll(weights, static weight => (float)weight);
        _inverseWeights = Array.ConvertAll(weights, static weight => (float)(1 / weight));
        _random = new RandomBits(random);
        _metric = metric;
    }

    public override Endpoint? Pick(in PickContext context)
    {
        var first = -1;
        var least = float.PositiveInfinity;
        for (var i = 0; i < _endpoints.Length; i++)
        {
            if (context.Excludes(_endpoints[i]))
            {
                continue;
            }

            var cost = _metric.Cost(_endpoints[i].Load, context.Now, _inverseWeights[i]);
            if (first < 0 || cost < least)
            {
                (first, least) = (i, cost);
            }
        }

        return first < 0 ? null : _endpoints[Among(context, first, least * (1 + TMetric.Tolerance))];
    }

    /// <summary>One of those that cost no more than the limit, by weight: each takes the place of those before with its share of the sum so far.</summary>
    /// <param name="context">What is excluded.</param>
    /// <param name="chosen">Who it is if the load has changed meanwhile.</param>
    /// <param name="limit">The limit.</param>
    private int Among(in PickContext context, int chosen, float limit)
    {
        var bits = _random.Next();
        var sum = 0f;
        for (var i = 0; i < _endpoints.Length; i++)
        {
            if (_metric.Cost(_endpoints[i].Load, context.Now, _inverseWeights[i]) > limit || context.Excludes(_endpoints[i]))
            {
                continue;
            }

            var weight = _weights[i];
            sum += weight;
            bits = (bits * Multiplier) + Increment;
            if ((bits >> 40) * (1f / (1 << 24)) * sum < weight)
            {
                chosen = i;
            }
        }

        return chosen;
    }
}
