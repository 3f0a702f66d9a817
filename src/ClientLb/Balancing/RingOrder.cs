using System.Numerics;
using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// The ring of consistent hashing (Karger and others 1997): every member has many positions, and a key belongs to the first position at or after it.
/// </summary>
/// <remarks>
/// A position is one number: 40 bits of hash above 24 bits of member, so that sorting numbers sorts the ring. Hashes are spread evenly, so the upper
/// bits of a key say nearly where its position is: a guide table over them leaves a handful to look at.
/// </remarks>
internal sealed class RingOrder : HashOrder
{
    // The share of a member of weight 1 has a standard deviation of 1 / √160 = 8 %.
    private const int PositionsPerMember = 160;

    // 32 MB. Above 26,000 members each has fewer positions, and they are so many that it does not show.
    private const int MostPositions = 1 << 22;
    private const int MemberBits = 24;
    private const ulong MemberMask = (1UL << MemberBits) - 1;

    private readonly ulong[] _positions;

    // Where the positions of a bucket begin; one more at the end.
    private readonly int[] _starts;
    private readonly int _shift;

    public RingOrder(HashGroup group)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)group.Count, MemberMask, nameof(group));
        var counts = Count(group);
        var total = counts.Sum();

        // Some four positions in each bucket.
        var bits = Math.Max(1, BitOperations.Log2((uint)total) - 1);
        _shift = 64 - bits;
        _positions = new ulong[total];
        _starts = new int[(1 << bits) + 1];
        Fill(group.Seeds, counts);
    }

    internal ReadOnlySpan<ulong> Positions => _positions;

    public override int At(ulong key, int step)
    {
        var positions = _positions;
        var wanted = key & ~MemberMask;
        var index = _starts[key >> _shift];
        while (index < positions.Length && positions[index] < wanted)
        {
            index++;
        }

        index += step;
        return (int)(positions[index < positions.Length ? index : index % positions.Length] & MemberMask);
    }

    /// <summary>
    /// How many positions each member has. The unit is the power of two that is nearest to the mean weight, not the mean itself: that changes whenever a member
    /// of another weight comes or goes, and with it all the others' positions would, and keys between them.
    /// </summary>
    private static int[] Count(HashGroup group)
    {
        var each = Math.Min(PositionsPerMember, Math.Max(1.0, MostPositions / (double)group.Count));
        var mean = group.Given.Sum() / group.Count;
        var isUsual = double.IsNormal(mean);
        var unit = isUsual ? Math.ScaleB(1, (int)Math.Round(Math.Log2(mean))) : 1;
        var counts = new int[group.Count];
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = Math.Max(1, (int)Math.Round(each * (isUsual ? group.Given[i] / unit : group.Weights[i])));
        }

        return counts;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Position(ulong seed, int number, int member) => (StableHash.Of(seed, (ulong)number) & ~MemberMask) | (uint)member;

    /// <summary>Sorts by buckets: counts, places, and puts the few of each bucket in order. Linear, where a sort of a million numbers is not.</summary>
    private void Fill(ulong[] seeds, int[] counts)
    {
        for (var member = 0; member < counts.Length; member++)
        {
            for (var number = 0; number < counts[member]; number++)
            {
                _starts[Position(seeds[member], number, member) >> _shift]++;
            }
        }

        var sum = 0;
        for (var bucket = 0; bucket < _starts.Length; bucket++)
        {
            sum += _starts[bucket];
            _starts[bucket] = sum;
        }

        // Each start is the end of its bucket now, and moves down to its beginning as the bucket fills.
        for (var member = 0; member < counts.Length; member++)
        {
            for (var number = 0; number < counts[member]; number++)
            {
                var position = Position(seeds[member], number, member);
                _positions[--_starts[position >> _shift]] = position;
            }
        }

        for (var bucket = 0; bucket + 1 < _starts.Length; bucket++)
        {
            _positions.AsSpan(_starts[bucket], _starts[bucket + 1] - _starts[bucket]).Sort();
        }
    }
}
