using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>What the round robins have in common: the cursor, and the way round excluded endpoints.</summary>
internal abstract class RoundRobinPicker(RoundRobinCursor cursor, WeightedGroup group, IRandomSource random) : Picker
{
    private const int Steps = 4;

    private readonly RandomBits _random = new(random);

    /// <summary>The position, for the picker that replaces this one.</summary>
    public RoundRobinCursor Cursor { get; } = cursor;

    /// <summary>Whose turn it is.</summary>
    protected abstract Endpoint At(ulong position);

    /// <summary>Walks on from an excluded endpoint.</summary>
    /// <remarks>
    /// First with the cursor: the turns of the excluded one then fall to all others. Walking past it without the cursor would give
    /// them all to its neighbour. Where that does not help, because most turns are excluded ones' or other threads take the turns
    /// in between, a draw by weight among the rest ends the search.
    /// </remarks>
    protected Endpoint? PickAround(in PickContext context)
    {
        for (var step = 0; step < Steps; step++)
        {
            var endpoint = At(Cursor.Next());
            if (!context.Excludes(endpoint))
            {
                return endpoint;
            }
        }

        // A turn at random is a draw by weight; where most of the weight is excluded, a look at all ends the search.
        for (var draw = 0; draw < Steps; draw++)
        {
            var endpoint = At(_random.Next());
            if (!context.Excludes(endpoint))
            {
                return endpoint;
            }
        }

        var index = group.Draw(context, except: -1, _random.Next());
        return index < 0 ? null : group.Endpoints[index];
    }
}
