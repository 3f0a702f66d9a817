using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>
/// Finds endpoints whose median latency is far above those of their peers, by the median absolute deviation: a mean and a standard deviation would be moved by the very
/// outlier that is looked for (Leys et al. 2013, "Detecting outliers").
/// </summary>
internal sealed class LatencyReview(HealthMachine machine)
{
    private long[] _medians = [];
    private long[] _deviations = [];
    private Endpoint[] _endpoints = [];

    /// <param name="peers">Endpoints of one priority that are in.</param>
    /// <param name="now">The present, in ticks.</param>
    public void Look(ReadOnlySpan<PeerSample> peers, long now)
    {
        var numbers = machine.Options.Latency;
        if (peers.Length <= numbers.MinimumPeers)
        {
            return;
        }

        var count = Collect(peers, numbers.MinimumSamples);
        if (count > numbers.MinimumPeers)
        {
            Array.Sort(_medians, _endpoints, 0, count);
            Judge(_medians.AsSpan(0, count), numbers, now);
        }

        _endpoints.AsSpan(0, count).Clear();
    }

    /// <summary>The median of all but one.</summary>
    internal static long MedianWithout(ReadOnlySpan<long> sorted, int index)
    {
        var middle = (sorted.Length - 1) / 2;
        return (sorted.Length - 1) % 2 == 1
            ? At(sorted, middle, index)
            : (At(sorted, middle - 1, index) + At(sorted, middle, index)) / 2;
    }

    private static long At(ReadOnlySpan<long> sorted, int position, int without) => sorted[position < without ? position : position + 1];

    private int Collect(ReadOnlySpan<PeerSample> peers, int enough)
    {
        if (_medians.Length < peers.Length)
        {
            _medians = new long[peers.Length];
            _deviations = new long[peers.Length];
            _endpoints = new Endpoint[peers.Length];
        }

        var count = 0;
        foreach (var peer in peers)
        {
            var latencies = peer.Endpoint.Latencies;
            if (latencies.Samples >= enough)
            {
                _medians[count] = latencies.Percentile(0.5);
                _endpoints[count++] = peer.Endpoint;
            }
        }

        return count;
    }

    private void Judge(ReadOnlySpan<long> medians, LatencyOutlierOptions numbers, long now)
    {
        // Without any one of the upper half, which alone is looked at, the median of the others is the same.
        var median = MedianWithout(medians, medians.Length - 1);
        var limit = Math.Max(numbers.MedianFactor * median, median + numbers.MinimumGap.Ticks);
        if (medians[^1] < limit)
        {
            return;
        }

        var deviations = _deviations.AsSpan(0, medians.Length);
        for (var i = 0; i < medians.Length; i++)
        {
            deviations[i] = Math.Abs(medians[i] - median);
        }

        deviations.Sort();

        // The slowest first: the guards may not let all of them go.
        for (var i = medians.Length - 1; i >= (medians.Length + 1) / 2 && medians[i] >= limit; i--)
        {
            var deviation = MedianWithout(deviations, deviations.BinarySearch(Math.Abs(medians[i] - median)));
            if (medians[i] > median + (numbers.MadFactor * deviation))
            {
                machine.Suspect(_endpoints[i], Detector.Latency, Evidence.Slow, now, FormattableString.Invariant(
                    $"slow: median {Milliseconds(medians[i])} ms against {Milliseconds(median)} ms of {medians.Length - 1} peers"));
            }
        }
    }

    private static string Milliseconds(long ticks) => FormattableString.Invariant($"{TimeSpan.FromTicks(ticks).TotalMilliseconds:0.###}");
}
