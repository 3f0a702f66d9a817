using System.Numerics;
using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// Smooth weighted round robin for any weights and any number of members, in constant time and without a lock.
/// </summary>
/// <remarks>
/// The members lie on a circle, each on an arc as long as its share. Each turn moves on by the golden section of the circle, the
/// rotation that fills it most evenly (Weyl's equidistribution; Knuth, TAOCP 3, 6.4, calls it Fibonacci hashing). By the
/// three-distance theorem (Sós 1958) the gaps between two turns of one member take at most three values, and after n turns each
/// has had its share of n to within a few. gRPC's static stride (A58) needs max / mean steps for a pick; this needs about one.
/// </remarks>
internal sealed class RotationPicker : RoundRobinPicker
{
    // 2^64 / φ, made odd: every position is visited.
    private const ulong GoldenSection = 0x9E3779B97F4A7C15;

    private readonly Endpoint[] _endpoints;

    // The last point of each member's arc, and for each of 2^k equal parts of the circle the member that its first point lies in.
    private readonly ulong[] _ends;
    private readonly int[] _guide;
    private readonly int _guideShift;

    public RotationPicker(WeightedGroup group, RoundRobinCursor cursor, IRandomSource random)
        : base(cursor, group, random)
    {
        _endpoints = group.Endpoints;
        _ends = Ends(group);
        var bits = Math.Max(1, BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)group.Count)));
        _guideShift = 64 - bits;
        _guide = new int[1 << bits];
        for (int part = 0, member = 0; part < _guide.Length; part++)
        {
            while ((ulong)part << _guideShift > _ends[member])
            {
                member++;
            }

            _guide[part] = member;
        }
    }

    public override Endpoint? Pick(in PickContext context)
    {
        var endpoint = Turn(Cursor.Next());
        return context.Excludes(endpoint) ? PickAround(context) : endpoint;
    }

    protected override Endpoint At(ulong position) => Turn(position);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Endpoint Turn(ulong position)
    {
        var point = position * GoldenSection;
        var member = _guide[(int)(point >> _guideShift)];

        // The last arc ends at the largest number, so the walk never leaves the array.
        while (point > _ends[member])
        {
            member++;
        }

        return _endpoints[member];
    }

    private static ulong[] Ends(WeightedGroup group)
    {
        var ends = new ulong[group.Count];
        var sum = 0.0;
        for (var i = 0; i < ends.Length; i++)
        {
            sum += group.WeightOf(i);

            // The mean is 1, so the sum of all is their number. A conversion beyond the range saturates.
            ends[i] = (ulong)(sum / ends.Length * 18446744073709551616.0);
        }

        ends[^1] = ulong.MaxValue;
        return ends;
    }
}
