using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// Of so many members drawn by weight the one of the lowest cost; of equal costs the one that was drawn first. The power of d choices (Mitzenmacher
/// 2001): from two to three gains much less than from one to two.
/// </summary>
/// <typeparam name="TMetric">What is compared.</typeparam>
internal sealed class ChoicesPicker<TMetric> : Picker
    where TMetric : struct, ILoadMetric
{
    private readonly WeightedSampler _sampler;
    private readonly Endpoint[] _endpoints;
    private readonly float[] _inverseWeights;
    private readonly int _choices;
    private readonly TMetric _metric;

    /// <param name="group">More members than choices.</param>
    /// <param name="choices">How many are drawn.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="metric">What is compared.</param>
    public ChoicesPicker(WeightedGroup group, int choices, IRandomSource random, TMetric metric = default)
    {
        _sampler = new WeightedSampler(group, random);
        _endpoints = group.Endpoints;
        _inverseWeights = group.InverseWeights();
        _choices = choices;
        _metric = metric;
    }

    public override Endpoint? Pick(in PickContext context)
    {
        if (!context.Excluded.IsEmpty)
        {
            return PickAround(context);
        }

        // One may be drawn twice, as in Envoy: to be compared with itself does no harm.
        var best = _sampler.Sample((uint)(_sampler.NextBits() >> 32));
        var least = Cost(best, context.Now);
        for (var i = 1; i < _choices; i++)
        {
            var other = _sampler.Sample((uint)(_sampler.NextBits() >> 32));
            var cost = Cost(other, context.Now);
            (best, least) = cost < least ? (other, cost) : (best, least);
        }

        return _endpoints[best];
    }

    private Endpoint? PickAround(in PickContext context)
    {
        var best = _sampler.SampleAllowed(context, except: -1);
        if (best < 0)
        {
            return null;
        }

        var least = Cost(best, context.Now);
        for (var i = 1; i < _choices; i++)
        {
            var other = _sampler.SampleAllowed(context, except: best);
            if (other < 0)
            {
                break;
            }

            var cost = Cost(other, context.Now);
            (best, least) = cost < least ? (other, cost) : (best, least);
        }

        return _endpoints[best];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Cost(int index, long now) =>
        _metric.Cost(_endpoints[index].Load, now, _inverseWeights.Length == 0 ? 1 : _inverseWeights[index]);
}
