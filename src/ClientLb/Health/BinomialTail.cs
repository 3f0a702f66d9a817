namespace ClientLb.Health;

/// <summary>
/// How probable it is that chance alone brings so many: P(X ≥ k) of the binomial distribution (NIST Digital Library of Mathematical Functions, 26.3 for the
/// coefficients, 5.11.1 for the logarithms of factorials). Summed term by term from the largest, so exact but for rounding.
/// </summary>
internal static class BinomialTail
{
    // A term that adds no more to the sum than this ends it.
    private const double Negligible = 1e-17;
    private const long SmallFactorial = 16;

    /// <summary>The probability of at least so many.</summary>
    /// <param name="count">How many.</param>
    /// <param name="trials">Of how many.</param>
    /// <param name="chance">The probability of each.</param>
    public static double AtLeast(long count, long trials, double chance)
    {
        if (count <= 0 || chance >= 1)
        {
            return count <= trials ? 1 : 0;
        }

        if (count > trials || chance <= 0)
        {
            return 0;
        }

        // Away from the mean, where the terms only become smaller.
        return count > trials * chance ? SumUp(count, trials, chance) : Math.Clamp(1 - SumUp(trials - count + 1, trials, 1 - chance), 0, 1);
    }

    private static double SumUp(long count, long trials, double chance)
    {
        var term = Math.Exp(LogFactorial(trials) - LogFactorial(count) - LogFactorial(trials - count)
            + (count * Math.Log(chance)) + ((trials - count) * Math.Log(1 - chance)));
        var sum = term;
        var odds = chance / (1 - chance);
        for (var k = count; k < trials && term > sum * Negligible; k++)
        {
            term *= (trials - k) / (double)(k + 1) * odds;
            sum += term;
        }

        return Math.Min(1, sum);
    }

    private static double LogFactorial(long n)
    {
        if (n < SmallFactorial)
        {
            double product = 1;
            for (var i = 2; i <= n; i++)
            {
                product *= i;
            }

            return Math.Log(product);
        }

        // Stirling's series; the first term left out is below 10^-11 from here on.
        double x = n;
        return (x * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI * x)) + (1 / (12 * x)) - (1 / (360 * x * x * x)) + (1 / (1260 * Math.Pow(x, 5)));
    }
}
