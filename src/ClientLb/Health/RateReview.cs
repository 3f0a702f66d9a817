using ClientLb.Endpoints;
using ClientLb.Settings;

namespace ClientLb.Health;

/// <summary>Finds endpoints whose attempts fail, or are answered with 4xx, more often than those of their peers.</summary>
internal sealed class RateReview(HealthMachine machine)
{
    // What rounding may make of equal rates.
    private const double Rounding = 1e-9;

    private double[] _rates = [];

    /// <param name="peers">Endpoints of one priority that are in.</param>
    /// <param name="detector">Failures (<see cref="Detector.SuccessRate"/>) or client errors.</param>
    /// <param name="now">The present, in ticks.</param>
    public void Look(ReadOnlySpan<PeerSample> peers, Detector detector, long now)
    {
        var numbers = machine.Options.SuccessRate;
        if (peers.Length < numbers.MinimumHosts)
        {
            return;
        }

        if (_rates.Length < peers.Length)
        {
            _rates = new double[peers.Length];
        }

        var count = 0;
        long total = 0, bad = 0;
        foreach (var peer in peers)
        {
            if (peer.Counts.Total >= numbers.RequestVolume)
            {
                total += peer.Counts.Total;
                bad += Bad(peer, detector);
                _rates[count++] = Rate(peer, detector);
            }
        }

        if (count < numbers.MinimumHosts || bad == 0)
        {
            return;
        }

        // Client errors are only watched, so there is no reason for the form that cries at noise.
        var isPure = detector == Detector.SuccessRate && numbers.Statistics == SuccessRateStatistics.A50;
        var threshold = RateThreshold.Of(_rates.AsSpan(0, count), numbers.StdevFactor);
        foreach (var peer in peers)
        {
            if (peer.Counts.Total >= numbers.RequestVolume && Rate(peer, detector) < threshold.Limit - Rounding
                && (isPure || IsSignificant(peer, detector, threshold.Mean, total, bad)))
            {
                machine.Suspect(peer.Endpoint, detector, Evidence.WorseThanPeers, now, Reason(peer, detector, threshold, count));
            }
        }
    }

    private static long Bad(in PeerSample peer, Detector detector) => detector == Detector.ClientErrors ? peer.Counts.ClientErrors : peer.Counts.Failures;

    private static double Rate(in PeerSample peer, Detector detector) => 1 - (Bad(peer, detector) / (double)peer.Counts.Total);

    private bool IsSignificant(in PeerSample peer, Detector detector, double mean, long total, long bad)
    {
        var numbers = machine.Options.SuccessRate;
        if (mean - Rate(peer, detector) < numbers.MinimumGap - Rounding)
        {
            return false;
        }

        // Laplace's rule of succession: peers without any failure do not prove that there is no such thing.
        var mine = Bad(peer, detector);
        var chance = (bad - mine + 1) / (double)(total - peer.Counts.Total + 2);
        return BinomialTail.AtLeast(mine, peer.Counts.Total, chance) < numbers.Significance;
    }

    private string Reason(in PeerSample peer, Detector detector, in RateThreshold threshold, int hosts) => FormattableString.Invariant(
        $"{(detector == Detector.ClientErrors ? "4xx" : "failed")}: {100 * (1 - Rate(peer, detector)):0.##} % of {peer.Counts.Total} attempts in {Durations.Format(machine.Options.Interval)} against a mean of {100 * (1 - threshold.Mean):0.##} % of {hosts} endpoints (at most {100 * (1 - threshold.Limit):0.##} %)");
}
