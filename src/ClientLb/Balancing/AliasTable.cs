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

    /// <param name="weights">Weights whose mean is 1.</param>
    public AliasTable(double[] weights)
    {
        var count = weights.Length;
        var left = (double[])weights.Clone();
        var small = new Stack<int>(count);
        var large = new Stack<int>(count);
        for (var i = 0; i < count; i++)
        {
            (left[i] < 1 ? small : large).Push(i);
        }

        _columns = new Column[count];
        while (small.Count > 0 && large.Count > 0)
        {
            var poor = small.Pop();
            var rich = large.Peek();
            _columns[poor] = new Column((uint)(left[poor] * uint.MaxValue), rich);
            left[rich] -= 1 - left[poor];
            if (left[rich] < 1)
            {
                small.Push(large.Pop());
            }
        }

        // What is left over differs from a full column by rounding alone.
        FillUp(large);
        FillUp(small);
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

    private void FillUp(Stack<int> indices)
    {
        while (indices.TryPop(out var index))
        {
            _columns[index] = new Column(uint.MaxValue, index);
        }
    }

    private readonly record struct Column(uint Threshold, int Alias);
}
