using System.Diagnostics.CodeAnalysis;
using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>
/// The smooth weighted round robin of nginx, written out for one period: each step adds every weight to its member's credit, picks
/// the largest credit and takes the sum off it. Weights 5, 1, 1 give a a b a c a a, not a a a a a b c.
/// </summary>
internal static class SmoothSequence
{
    // Building costs period × members: about a millisecond here, off the path of calls.
    private const long MostSteps = 1 << 18;
    private const int LongestPeriod = 1 << 12;

    /// <summary>Builds the sequence, if the weights are in a ratio of small whole numbers.</summary>
    public static bool TryBuild(WeightedGroup group, [NotNullWhen(true)] out Endpoint[]? sequence)
    {
        sequence = null;
        if (group.Count > LongestPeriod || !TryReduce(group.Weights(), out var shares, out var period) || period * shares.Length > MostSteps)
        {
            return false;
        }

        sequence = new Endpoint[period];
        var credits = new long[shares.Length];
        for (var step = 0; step < sequence.Length; step++)
        {
            var best = 0;
            for (var i = 0; i < credits.Length; i++)
            {
                credits[i] += shares[i];
                best = credits[i] > credits[best] ? i : best;
            }

            credits[best] -= period;
            sequence[step] = group.Endpoints[best];
        }

        return true;
    }

    /// <summary>Finds the smallest whole numbers in the same ratio.</summary>
    private static bool TryReduce(double[] weights, out long[] shares, out long period)
    {
        shares = new long[weights.Length];
        period = 0;
        var lightest = weights.Min();
        for (var multiple = 1; multiple <= 100; multiple++)
        {
            if (TryScale(weights, multiple / lightest, shares, out period))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryScale(double[] weights, double factor, long[] shares, out long period)
    {
        period = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            var scaled = weights[i] * factor;
            if (scaled > LongestPeriod)
            {
                return false;
            }

            shares[i] = (long)Math.Round(scaled);
            period += shares[i];
            if (Math.Abs(scaled - shares[i]) > 1e-6 * scaled || period > LongestPeriod)
            {
                return false;
            }
        }

        return true;
    }
}
