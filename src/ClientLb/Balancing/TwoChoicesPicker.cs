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
    private readonly Candidate[] _candidates;

    /// <param name="group">At least two members.</param>
    /// <param name="random">Where chance comes from.</param>
    public TwoChoicesPicker(WeightedGroup group, IRandomSource random)
    {
        _sampler = new WeightedSampler(group, random);
        _candidates = new Candidate[group.Count];
        for (var i = 0; i < _candidates.Length; i++)
        {
            var endpoint = group.Endpoints[i];
            _candidates[i] = new Candidate(endpoint.Load, endpoint, (float)(1 / group.Weights[i]));
        }
    }

    public override Endpoint? Pick(in PickContext context)
    {
        if (!context.Excluded.IsEmpty)
        {
            return PickAround(context);
        }

        // One draw for both: its halves are independent.
        var bits = _sampler.NextBits();
        var candidates = _candidates;
        var first = _sampler.Sample((uint)(bits >> 32));
        int second;
        if (_sampler.IsUniform)
        {
            // One of the others: those from the first on move up by one.
            second = RandomSourceExtensions.Scale((uint)bits, candidates.Length - 1);
            second += second >= first ? 1 : 0;
        }
        else
        {
            second = _sampler.Sample((uint)bits);
            if (second == first && TMetric.IdleCostsNothing)
            {
                // A heavy member drawn twice: any of the others will do, its weight counts in the comparison.
                second += 1 + RandomSourceExtensions.Scale((uint)(_sampler.NextBits() >> 32), candidates.Length - 1);
                second -= second >= candidates.Length ? candidates.Length : 0;
            }

            // Else it is taken as it is: with little in flight latency alone would decide, and a member of weight 1 that is a bit quicker would
            // get everything in place of one of weight 20. So no share is more than twice that of the weight.
        }

        return Better(candidates, first, second, context.Now);
    }

    private Endpoint? PickAround(in PickContext context)
    {
        var first = _sampler.SampleAllowed(context, except: -1);
        if (first < 0)
        {
            return null;
        }

        var second = _sampler.SampleAllowed(context, first);
        return second < 0 ? _candidates[first].Endpoint : Better(_candidates, first, second, context.Now);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Endpoint Better(Candidate[] candidates, int first, int second, long now)
    {
        ref readonly var a = ref candidates[first];
        ref readonly var b = ref candidates[second];
        var costOfA = TMetric.Cost(a.Load, now, a.InverseWeight);
        var costOfB = TMetric.Cost(b.Load, now, b.InverseWeight);

        // Read before the choice, which is close to a coin: a conditional move can't be mispredicted.
        var (endpointA, endpointB) = (a.Endpoint, b.Endpoint);
        return costOfB < costOfA ? endpointB : endpointA;
    }

    /// <summary>What a comparison reads, side by side: at thousands of members a pick is its cache misses.</summary>
    private readonly record struct Candidate(EndpointLoad Load, Endpoint Endpoint, float InverseWeight);
}
