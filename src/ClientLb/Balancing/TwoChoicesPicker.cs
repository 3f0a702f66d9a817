using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// The power of two choices (Mitzenmacher 2001): of two distinct members, drawn by weight, the one of the lower cost. Of equal
/// costs the first drawn is picked: idle members share by weight, and no index attracts more than its share.
/// </summary>
/// <typeparam name="TMetric">What is compared.</typeparam>
internal sealed class TwoChoicesPicker<TMetric> : Picker
    where TMetric : struct, ILoadMetric
{
    private readonly WeightedSampler _sampler;
    private readonly Endpoint[] _endpoints;

    // None where all weigh the same.
    private readonly float[] _inverseWeights;
    private readonly TMetric _metric;

    /// <param name="group">At least two members.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="metric">What is compared.</param>
    public TwoChoicesPicker(WeightedGroup group, IRandomSource random, TMetric metric = default)
    {
        _metric = metric;
        _sampler = new WeightedSampler(group, random);
        _endpoints = group.Endpoints;
        _inverseWeights = group.InverseWeights();
    }

    public override Endpoint? Pick(in PickContext context)
    {
        if (!context.Excluded.IsEmpty)
        {
            return PickAround(context);
        }

        // One draw for both: its halves are independent.
        var bits = _sampler.NextBits();
        var count = _endpoints.Length;
        var first = _sampler.Sample((uint)(bits >> 32));
        int second;
        if (_sampler.IsUniform)
        {
            // One of the others: those from the first on move up by one.
            second = RandomSourceExtensions.Scale((uint)bits, count - 1);
            second += second >= first ? 1 : 0;
        }
        else
        {
            second = _sampler.Sample((uint)bits);
            if (second == first && TMetric.IdleCostsNothing)
            {
                // A heavy member drawn twice: any of the others will do, its weight counts in the comparison.
                second += 1 + RandomSourceExtensions.Scale((uint)(_sampler.NextBits() >> 32), count - 1);
                second -= second >= count ? count : 0;
            }

            // Else it is taken as it is: with little in flight latency alone would decide, and a member of weight 1 that is a bit quicker would
            // get everything in place of one of weight 20. So no share is more than twice that of the weight.
        }

        return Better(first, second, context.Now);
    }

    private Endpoint? PickAround(in PickContext context)
    {
        var first = _sampler.SampleAllowed(context, except: -1);
        if (first < 0)
        {
            return null;
        }

        var second = _sampler.SampleAllowed(context, first);
        return second < 0 ? _endpoints[first] : Better(first, second, context.Now);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Endpoint Better(int first, int second, long now)
    {
        var (a, b) = (_endpoints[first], _endpoints[second]);
        var weights = _inverseWeights;
        var (costOfA, costOfB) = weights.Length == 0
            ? (_metric.Cost(a.Load, now, 1), _metric.Cost(b.Load, now, 1))
            : (_metric.Cost(a.Load, now, weights[first]), _metric.Cost(b.Load, now, weights[second]));

        // Close to a coin: a conditional move can't be mispredicted.
        return costOfB < costOfA ? b : a;
    }
}
