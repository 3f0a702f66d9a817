using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// Picks by the key of a call: the first member in the key's order that may be picked. A call without a key goes to a random member by weight.
/// </summary>
internal sealed class HashPicker : Picker
{
    private readonly HashGroup _group;
    private readonly HashOrder _order;
    private readonly RandomPicker _any;
    private readonly LoadBound? _bound;

    // None where a member may not be picked.
    private readonly Endpoint?[] _open;

    private HashPicker(HashGroup group, HashOrder order, WeightedGroup eligible, in PickerInput input)
    {
        _group = group;
        _order = order;
        _any = new RandomPicker(eligible, input.Random);
        _open = group.Open(eligible.Endpoints);
        _bound = input.Options is { BoundedLoad: > 1 and var factor } ? new LoadBound(factor, _open, group.Weights) : null;
    }

    internal HashOrder Order => _order;

    /// <summary>Compiles a picker; the order of the previous one is kept where the same endpoints are announced with the same weights.</summary>
    public static Picker Create<TOrder>(in PickerInput input, Func<HashGroup, TOrder> build)
        where TOrder : HashOrder
    {
        var eligible = WeightedGroup.From(input);
        if (eligible.Count == 0)
        {
            return None;
        }

        var announced = input.Announced ?? input.Members;
        if (input.Previous is HashPicker { _order: TOrder } previous && previous._group.IsOver(announced))
        {
            return new HashPicker(previous._group, previous._order, eligible, input);
        }

        var group = HashGroup.From(announced);
        return group.Count == 0 ? new RandomPicker(eligible, input.Random) : new HashPicker(group, build(group), eligible, input);
    }

    public override Endpoint? Pick(in PickContext context)
    {
        if (!context.HasHashKey)
        {
            return _any.Pick(context);
        }

        // Whose key is a plain number need not care for how its bits lie.
        var key = StableHash.Mix(context.HashKey);
        if (_bound is null && _order.Steps != 0 && _open[_order.At(key, 0)] is { } endpoint && !context.Excludes(endpoint))
        {
            return endpoint;
        }

        return (_bound is null ? null : Walk(key, _bound.PerWeight(context.Now), context))
            ?? Walk(key, double.PositiveInfinity, context)

            // Only where somebody may be picked who was not announced: not in a snapshot of ours.
            ?? _any.Pick(context);
    }

    private Endpoint? Walk(ulong key, double perWeight, in PickContext context)
    {
        for (var step = 0; step < _order.Steps; step++)
        {
            var index = _order.At(key, step);
            if (_open[index] is { } endpoint && !context.Excludes(endpoint) && HasRoom(endpoint, index, perWeight))
            {
                return endpoint;
            }
        }

        return _group.IsUniform ? ScanEqual(key, perWeight, context) : ScanWeighted(key, perWeight, context);
    }

    private bool HasRoom(Endpoint endpoint, int index, double perWeight)
    {
        if (double.IsPositiveInfinity(perWeight))
        {
            return true;
        }

        // Below a limit is at most the limit rounded up with this attempt in. Whoever is idle has room, however little it weighs.
        var inFlight = endpoint.Load.InFlight;
        return inFlight == 0 || inFlight < perWeight * _group.Weights[index];
    }

    /// <summary>Rendezvous hashing (Thaler and Ravishankar 1996): the member with the highest hash of key and Id.</summary>
    private Endpoint? ScanEqual(ulong key, double perWeight, in PickContext context)
    {
        var (seeds, open) = (_group.Seeds, _open);
        Endpoint? best = null;
        var highest = 0UL;
        for (var i = 0; i < seeds.Length && i < open.Length; i++)
        {
            var hash = StableHash.Mix(key ^ seeds[i]);
            if ((best is null || hash > highest) && open[i] is { } endpoint && !context.Excludes(endpoint) && HasRoom(endpoint, i, perWeight))
            {
                (best, highest) = (endpoint, hash);
            }
        }

        return best;
    }

    /// <summary>
    /// With weights the lowest −ln(h) / w: the first of exponential clocks with those rates, so shares are exactly by weight. It is never
    /// below (1 − h) / w, which spares the logarithm of all but a few.
    /// </summary>
    private Endpoint? ScanWeighted(ulong key, double perWeight, in PickContext context)
    {
        var (seeds, weights, open) = (_group.Seeds, _group.Weights, _open);
        Endpoint? best = null;
        var lowest = double.PositiveInfinity;
        for (var i = 0; i < seeds.Length && i < weights.Length && i < open.Length; i++)
        {
            var unit = ((StableHash.Mix(key ^ seeds[i]) >> 11) + 1) * (1.0 / (1UL << 53));
            if (1 - unit < lowest * weights[i] && open[i] is { } endpoint && !context.Excludes(endpoint) && HasRoom(endpoint, i, perWeight))
            {
                var score = -Math.Log(unit) / weights[i];
                if (score < lowest)
                {
                    (best, lowest) = (endpoint, score);
                }
            }
        }

        return best;
    }
}
