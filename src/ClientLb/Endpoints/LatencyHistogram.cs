using System.Numerics;
using System.Runtime.CompilerServices;

namespace ClientLb.Endpoints;

/// <summary>
/// Latencies in 96 buckets, four to an octave, from 6.4 µs to about 107 s: a percentile is at most a quarter too high. Old
/// samples fade: <see cref="Fade"/> halves every bucket.
/// </summary>
/// <remarks>Increments are plain: two threads may lose one of each other's, which no percentile shows.</remarks>
public sealed class LatencyHistogram
{
    private const int Buckets = 96;
    private const int FirstOctave = 6;
    private const int Trace = 8;

    // In the object itself: of thousands of endpoints each is met with a cold cache, and every array apart is one miss more.
    private Counts _counts;
    private int _samples;

    /// <summary>The number of samples that have not faded.</summary>
    public long Count
    {
        get
        {
            long sum = 0;
            foreach (var count in _counts)
            {
                sum += count;
            }

            return sum;
        }
    }

    /// <summary>How many samples were really taken, faded like the others: one that stands for several counts once.</summary>
    internal int Samples => _samples;

    /// <summary>Adds a sample.</summary>
    /// <param name="ticks">The latency in ticks (100 ns).</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(long ticks) => Add(ticks, 1);

    /// <summary>Adds a sample that stands for several.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Add(long ticks, int weight)
    {
        var value = (ulong)Math.Max(ticks, 1L << FirstOctave);
        var octave = BitOperations.Log2(value);
        var index = ((octave - FirstOctave) << 2) + (int)((value >> (octave - 2)) & 3);
        _counts[Math.Min(index, Buckets - 1)] += weight;
        _samples++;
    }

    /// <summary>The upper edge of the bucket that holds the percentile.</summary>
    /// <param name="fraction">The percentile as a fraction, for example 0.99.</param>
    /// <returns>Ticks (100 ns); 0 where there is no sample.</returns>
    public long Percentile(double fraction)
    {
        var rank = (long)Math.Ceiling(Count * fraction);
        if (rank <= 0)
        {
            return 0;
        }

        for (var i = 0; i < Buckets; i++)
        {
            rank -= _counts[i];
            if (rank <= 0)
            {
                return UpperEdge(i);
            }
        }

        return UpperEdge(Buckets - 1);
    }

    /// <summary>Halves every bucket, so that the past weighs less.</summary>
    public void Fade()
    {
        for (var i = 0; i < Buckets; i++)
        {
            _counts[i] >>= 1;
        }

        _samples >>= 1;
    }

    /// <summary>
    /// Leaves a trace of the past: a few samples for who wants any number at all, outvoted by the first new ones.
    /// </summary>
    internal void FadeOut()
    {
        while (Count > Trace)
        {
            Fade();
        }

        _samples = 0;
    }

    private static long UpperEdge(int index) => (5L + (index & 3)) << (FirstOctave + (index >> 2) - 2);

    [InlineArray(Buckets)]
    private struct Counts
    {
        private int _first;
    }
}
