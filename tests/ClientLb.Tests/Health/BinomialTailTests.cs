using System.Numerics;
using ClientLb.Health;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Health;

public sealed class BinomialTailTests
{
    [Theory]
    [InlineData(0, 10, 0.5, 1)]
    [InlineData(10, 10, 0.5, 1.0 / 1024)]
    [InlineData(11, 10, 0.5, 0)]
    [InlineData(1, 2, 0.5, 0.75)]
    [InlineData(3, 10, 0, 0)]
    [InlineData(3, 10, 1, 1)]
    [InlineData(0, 10, 0, 1)]
    public void Tail_of_small_numbers_is_what_a_head_works_out(long count, long trials, double chance, double expected) =>
        Assert.Equal(expected, BinomialTail.AtLeast(count, trials, chance), 12);

    [Fact]
    public void Tail_equals_the_sum_of_exact_fractions()
    {
        var cases = Gen.Zip(Gen.Choose(1, 300), Gen.Zip(Gen.Choose(0, 300), Gen.Choose(1, 999))).ToArbitrary();
        Prop.ForAll(cases, c =>
        {
            var (trials, (count, mill)) = c;
            var exact = Exact(count, trials, mill);
            var found = BinomialTail.AtLeast(count, trials, mill / 1000.0);

            // Below the least normal number a double has no nine digits.
            return Math.Abs(found - exact) <= 1e-300 + (1e-9 * Math.Max(exact, count > trials * mill / 1000.0 ? 0 : 1e-3));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void Tail_of_millions_is_found_and_falls_with_the_count()
    {
        var last = 1.0;
        for (var count = 10_000L; count <= 12_000; count += 100)
        {
            var tail = BinomialTail.AtLeast(count, 1_000_000, 0.01);
            Assert.InRange(tail, 0, last);
            last = tail;
        }

        // Ten standard deviations above the mean.
        Assert.InRange(BinomialTail.AtLeast(10_995, 1_000_000, 0.01), 1e-25, 1e-21);
    }

    private static double Exact(int count, int trials, int mill)
    {
        BigInteger sum = 0, choose = 1;
        for (var k = 0; k <= trials; k++)
        {
            if (k >= count)
            {
                sum += choose * BigInteger.Pow(mill, k) * BigInteger.Pow(1000 - mill, trials - k);
            }

            choose = choose * (trials - k) / (k + 1);
        }

        return sum.IsZero ? 0 : Math.Exp(BigInteger.Log(sum) - (trials * Math.Log(1000)));
    }
}
