using System.Runtime.CompilerServices;

namespace ClientLb.Endpoints;

/// <summary>A random source that gives the same numbers for the same seed (SplitMix64). For one thread: tests and simulations.</summary>
/// <param name="seed">The seed.</param>
public sealed class SeededRandomSource(ulong seed) : IRandomSource
{
    private ulong _state = seed;

    /// <inheritdoc />
    public ulong NextBits() => Advance(ref _state);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Advance(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
