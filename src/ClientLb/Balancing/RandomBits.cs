using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// A random source without the interface call where it is the one of production: the test for it is always predicted, and the
/// generator is inlined into the pick.
/// </summary>
internal readonly struct RandomBits(IRandomSource source)
{
    private readonly IRandomSource? _other = source is ThreadRandomSource ? null : source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Next() => _other is null ? ThreadRandomSource.Instance.NextBits() : _other.NextBits();
}
