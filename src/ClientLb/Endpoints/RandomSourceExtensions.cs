using System.Runtime.CompilerServices;

namespace ClientLb.Endpoints;

/// <summary>Numbers out of random bits.</summary>
public static class RandomSourceExtensions
{
    /// <summary>A uniform whole number from 0 to <paramref name="bound"/> − 1, by multiply and shift (Lemire 2019, without its rejection step).</summary>
    /// <remarks>The bias is at most bound / 2^32: nothing that a balancer could show.</remarks>
    /// <param name="random">The source.</param>
    /// <param name="bound">The bound, at least 1.</param>
    /// <returns>The number.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Next(this IRandomSource random, int bound) => Scale((uint)random.NextBits(), bound);

    /// <summary>Scales 32 random bits to 0 … <paramref name="bound"/> − 1.</summary>
    /// <param name="bits">The bits.</param>
    /// <param name="bound">The bound, at least 1.</param>
    /// <returns>The number.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Scale(uint bits, int bound) => (int)(((ulong)bits * (uint)bound) >> 32);

    /// <summary>A uniform number in [0, 1).</summary>
    /// <param name="random">The source.</param>
    /// <returns>The number, with 53 random bits.</returns>
    public static double NextDouble(this IRandomSource random) => (random.NextBits() >> 11) * (1.0 / (1UL << 53));
}
