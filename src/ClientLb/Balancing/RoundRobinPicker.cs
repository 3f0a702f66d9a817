using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>What the round robins have in common: the cursor, and the way round excluded endpoints.</summary>
internal abstract class RoundRobinPicker(RoundRobinCursor cursor) : Picker
{
    private const int Steps = 4;

    /// <summary>The position, for the picker that replaces this one.</summary>
    public RoundRobinCursor Cursor { get; } = cursor;

    /// <summary>How many slots a scan has to look at.</summary>
    protected abstract int SlotCount { get; }

    /// <summary>Whose turn it is.</summary>
    protected abstract Endpoint At(ulong position);

    /// <summary>The endpoint of a slot, in the order of a scan.</summary>
    protected abstract Endpoint Slot(int index);

    /// <summary>Walks on from an excluded endpoint.</summary>
    /// <remarks>
    /// First with the cursor: the turns of the excluded one then fall to all others. Walking past it without the cursor would give
    /// them all to its neighbour. Other threads may take the turns in between, so after a few steps a scan ends the search.
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

        var count = (uint)SlotCount;
        var start = (uint)Cursor.Next() % count;
        for (uint step = 0; step < count; step++)
        {
            var endpoint = Slot((int)((start + step) % count));
            if (!context.Excludes(endpoint))
            {
                return endpoint;
            }
        }

        return null;
    }
}
