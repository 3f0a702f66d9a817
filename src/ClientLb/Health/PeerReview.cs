using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>
/// Compares the members of a priority with each other once in every <see cref="OutlierDetectionOptions.Interval"/>: who is out, drains, or is under orders is neither
/// judged nor a measure for others, as Envoy leaves ejected hosts out. Driven by the cluster's loop.
/// </summary>
internal sealed class PeerReview(HealthMachine machine, long now)
{
    private readonly RateReview _rates = new(machine);
    private readonly LatencyReview _latencies = new(machine);
    private long _lookedAt = now;
    private PeerSample[] _samples = [];
    private int[] _priorities = [];

    /// <summary>One look, if one is due.</summary>
    /// <param name="now">The present, in ticks.</param>
    public void Look(long now)
    {
        var options = machine.Options;
        if (now - _lookedAt < options.Interval.Ticks)
        {
            return;
        }

        _lookedAt = now;
        var count = Collect(machine.Members, out var isMixed);
        if (!options.Enabled || count == 0)
        {
            _samples.AsSpan().Clear();
            return;
        }

        if (isMixed)
        {
            Array.Sort(_priorities, _samples, 0, count);
        }

        for (int from = 0, end; from < count; from = end)
        {
            end = from + 1;
            while (end < count && _priorities[end] == _priorities[from])
            {
                end++;
            }

            Compare(_samples.AsSpan(from, end - from), options, now);
        }

        // Whoever is retired must not be held here.
        _samples.AsSpan(0, count).Clear();
    }

    private int Collect(IReadOnlyList<Endpoint> members, out bool isMixed)
    {
        if (_samples.Length < members.Count)
        {
            _samples = new PeerSample[members.Count];
            _priorities = new int[members.Count];
        }

        var count = 0;
        isMixed = false;
        for (var i = 0; i < members.Count; i++)
        {
            // Of those that are left out too: their next interval begins now.
            var member = members[i];
            var counts = member.Health.CloseInterval();
            if (IsCompared(member))
            {
                _samples[count] = new(member, counts);
                _priorities[count] = member.Descriptor.Priority;
                isMixed |= _priorities[count] != _priorities[0];
                count++;
            }
        }

        return count;
    }

    private static bool IsCompared(Endpoint endpoint) => endpoint.Health.Status.State == HealthState.Healthy && Membership.IsUsable(endpoint);

    private void Compare(ReadOnlySpan<PeerSample> peers, OutlierDetectionOptions options, long now)
    {
        if (options.SuccessRate.Enabled)
        {
            _rates.Look(peers, Detector.SuccessRate, now);
        }

        if (options.Latency.Enabled)
        {
            _latencies.Look(peers, now);
        }

        if (options.SuccessRate.Enabled)
        {
            _rates.Look(peers, Detector.ClientErrors, now);
        }
    }
}
