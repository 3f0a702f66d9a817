using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>Round robin over a sequence in which each endpoint stands as often as its weight says: once where all are equal.</summary>
internal sealed class SequencePicker(Endpoint[] sequence, RoundRobinCursor cursor, WeightedGroup group, IRandomSource random)
    : RoundRobinPicker(cursor, group, random)
{
    public override Endpoint? Pick(in PickContext context)
    {
        var endpoint = Turn(Cursor.Next());
        return context.Excludes(endpoint) ? PickAround(context) : endpoint;
    }

    protected override Endpoint At(ulong position) => Turn(position);

    // The lower half is enough, and quicker to divide: every four billion picks one turn is out of order.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Endpoint Turn(ulong position) => sequence[(uint)position % (uint)sequence.Length];
}
