namespace ClientLb.Tests.Balancing;

/// <summary>The bounds that every policy is held to.</summary>
internal static class Distribution
{
    /// <summary>
    /// Pearson's chi-square test of counts against shares. Fails where chance would do so once in a million times; with a seed
    /// it either always fails or never.
    /// </summary>
    public static void AssertFits(IReadOnlyList<int> counts, IReadOnlyList<double> weights)
    {
        var total = counts.Sum();
        var sum = weights.Sum();
        var statistic = 0.0;
        for (var i = 0; i < counts.Count; i++)
        {
            var expected = total * weights[i] / sum;
            Assert.True(expected >= 5, "too few picks for the test to say anything");
            statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
        }

        var limit = Limit(counts.Count - 1);
        Assert.True(statistic <= limit, $"chi-square {statistic:F1} above {limit:F1}: {string.Join(", ", counts)}");
    }

    /// <summary>Every share within so many per cent of its weight's.</summary>
    public static void AssertWithin(double tolerance, IReadOnlyList<int> counts, IReadOnlyList<double> weights)
    {
        var total = counts.Sum();
        var sum = weights.Sum();
        for (var i = 0; i < counts.Count; i++)
        {
            var ratio = counts[i] / (total * weights[i] / sum);
            Assert.True(Math.Abs(ratio - 1) <= tolerance, $"member {i} has {ratio:F3} of its share: {string.Join(", ", counts)}");
        }
    }

    /// <summary>The quantile at 1 − 10⁻⁶ of chi-square, by Wilson and Hilferty's cube (1931).</summary>
    private static double Limit(int freedom)
    {
        const double Normal = 4.7534;
        var spread = 2.0 / (9 * Math.Max(1, freedom));
        return freedom * Math.Pow(1 - spread + (Normal * Math.Sqrt(spread)), 3);
    }
}
