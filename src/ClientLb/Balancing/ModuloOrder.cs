using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// The classic form: the remainder of the key by the sum of the whole-number weights, counted through the members in the order of their Ids. Where
/// that one is closed, the key is hashed again, as nginx does: its neighbour would get the keys of both.
/// </summary>
internal sealed class ModuloOrder : HashOrder
{
    // Of weights that are no whole numbers three digits count.
    private const double Fine = 1000;

    private readonly ulong[] _ends;

    public ModuloOrder(HashGroup group)
    {
        var isWhole = Array.TrueForAll(group.Given, static weight => weight <= uint.MaxValue && weight == Math.Floor(weight));
        _ends = new ulong[group.Count];
        var sum = 0UL;
        for (var i = 0; i < _ends.Length; i++)
        {
            sum += isWhole ? (ulong)group.Given[i] : (ulong)Math.Max(1, Math.Round(Fine * group.Weights[i]));
            _ends[i] = sum;
        }
    }

    // Half of them closed, one key in four thousand million gets past these.
    public override int Steps => 32;

    public override int At(ulong key, int step)
    {
        var ends = _ends;
        var point = (step == 0 ? key : StableHash.Of(key, (ulong)step)) % ends[^1];
        if (ends[^1] == (ulong)ends.Length)
        {
            return (int)point;
        }

        // The first whose end is above the point.
        var (low, high) = (0, ends.Length - 1);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = ends[middle] > point ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
