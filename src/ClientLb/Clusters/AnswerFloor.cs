using ClientLb.Endpoints;

namespace ClientLb.Clusters;

/// <summary>
/// The time in which hardly any attempt is answered: one that has less left can't finish and is not started. It is the least 10th percentile among the endpoints in use, of what
/// their good answers take, and at least 1 ms.
/// </summary>
/// <remarks>
/// A low percentile and the quickest endpoint, because an endpoint's quick and slow routes share one histogram, and an attempt that is refused though it might have finished is
/// worse than one that is made in vain. Samples fade where nothing is answered, so what is refused does not stay refused by an old measurement.
/// </remarks>
internal sealed class AnswerFloor
{
    /// <summary>No network and no timer is worth trying for less.</summary>
    public const long Least = TimeSpan.TicksPerMillisecond;

    // With few samples the percentile is the first answer of all, which is a slow one.
    private const int MinSamples = 20;
    private const double Fraction = 0.1;
    private const int MostRead = 256;
    private const long ReadEvery = MonotonicClock.TicksPerSecond;

    private long _ticks = Least;
    private long _readAt = long.MinValue;

    /// <summary>The floor, at most a second old.</summary>
    /// <param name="snapshot">Who is in use.</param>
    /// <param name="now">The present, in ticks.</param>
    /// <returns>Ticks (100 ns).</returns>
    public long Of(ClusterSnapshot snapshot, long now)
    {
        // Two threads that read at once come to the same.
        var readAt = Volatile.Read(ref _readAt);
        if (readAt == long.MinValue || now - readAt >= ReadEvery)
        {
            Volatile.Write(ref _ticks, Read(snapshot.Eligible));
            Volatile.Write(ref _readAt, now);
        }

        return Volatile.Read(ref _ticks);
    }

    private static long Read(IReadOnlyList<Endpoint> endpoints)
    {
        var least = long.MaxValue;
        var step = 1 + (endpoints.Count / MostRead);
        for (var i = 0; i < endpoints.Count && least > Least; i += step)
        {
            var latencies = endpoints[i].Latencies;
            if (latencies.Samples >= MinSamples)
            {
                // A percentile is the upper edge of its bucket, a quarter above the lower one.
                least = Math.Min(least, latencies.Percentile(Fraction) * 4 / 5);
            }
        }

        return least == long.MaxValue ? Least : Math.Max(least, Least);
    }
}
