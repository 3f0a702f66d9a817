using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace ClientLb.Endpoints;

/// <summary>The random source of production: one generator per thread (SplitMix64, Steele, Lea and Flood 2014), seeded by the system.</summary>
public sealed class ThreadRandomSource : IRandomSource
{
    [ThreadStatic]
    private static ulong t_state;

    private ThreadRandomSource()
    {
    }

    /// <summary>The one instance.</summary>
    public static ThreadRandomSource Instance { get; } = new();

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong NextBits()
    {
        ref var state = ref t_state;
        if (state == 0)
        {
            state = Seed();
        }

        return SeededRandomSource.Advance(ref state);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Seed() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;
}
