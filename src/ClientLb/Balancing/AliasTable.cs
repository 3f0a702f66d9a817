using System.Buffers;
using System.Runtime.CompilerServices;

namespace ClientLb.Balancing;

/// <summary>
/// Samples an index by weight in constant time: the alias method (Walker 1977), built in linear time as Vose did (1991).
/// </summary>
/// <remarks>
/// Each column holds the mean weight: its own index up to a threshold, and one other above it. 32 random bits are enough for both
/// steps: multiplied by the number of columns, the upper half of the product is the column and the lower half is uniform in it.
/// </remarks>
internal sealed class AliasTable
{
    private readonly Column[] _columns;

    /// <param name="group">The members with their weights.</param>
    public AliasTable(WeightedGroup group)
    {
        _columns = new Column[group.Count];
        var left = ArrayPool<double>.Shared.Rent(group.Count);
        var indices = ArrayPool<int>.Shared.Rent(group.Count);
        Fill(group, left, indices.AsSpan(0, group.Count));
        ArrayPool<double>.Shared.Return(left);
        ArrayPool<int>.Shared.Return(indices);
    }

    /// <summary>An index by weight.</summary>
    /// <param name="bits">Uniform random bits.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Sample(uint bits)
    {
        var columns = _columns;
        var product = (ulong)bits * (uint)columns.Length;
        var index = (int)(product >> 32);
        ref readonly var column = ref columns[index];

        // Read before the choice, which is a coin: a conditional move can't be mispredicted.
        var alias = column.Alias;
        return (uint)product < column.Threshold ? index : alias;
    }

    /// <summary>Two stacks share the indices: that of the members below the mean grows from the front, that of the others from the back.</summary>
    private void Fill(WeightedGroup group, double[] left, Span<int> indices)
    {
        var small = 0;
        var large = indices.Length;
        for (var i = 0; i < indices.Length; i++)
        {
            left[i] = group.WeightOf(i);
            indices[left[i] < 1 ? small++ : --large] = i;
        }

        while (small > 0 && large < indices.Length)
        {
            var poor = indices[--small];
            var rich = indices[large];
            _columns[poor] = new Column((uint)(left[poor] * uint.MaxValue), rich);
            left[rich] -= 1 - left[poor];
            if (left[rich] < 1)
            {
                large++;
                indices[small++] = rich;
            }
        }

        // What is left over differs from a full column by rounding alone.
        FillUp(indices[large..]);
        FillUp(indices[..small]);
    }

    private void FillUp(ReadOnlySpan<int> indices)
    {
        foreach (var index in indices)
        {
            _columns[index] = new Column(uint.MaxValue, index);
        }
    }

    private readonly record struct Column(uint Threshold, int Alias);
}
