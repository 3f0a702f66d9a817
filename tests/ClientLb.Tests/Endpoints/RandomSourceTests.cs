using ClientLb.Endpoints;
using ClientLb.Tests.Balancing;

namespace ClientLb.Tests.Endpoints;

public sealed class RandomSourceTests
{
    [Fact]
    public void Seeded_source_gives_the_published_numbers_of_SplitMix64()
    {
        var random = new SeededRandomSource(1234567);

        // The test vector of Vigna's splitmix64.c, as it is published by Rosetta Code and others.
        Assert.Equal(6457827717110365317UL, random.NextBits());
        Assert.Equal(3203168211198807973UL, random.NextBits());
        Assert.Equal(9817491932198370423UL, random.NextBits());
    }

    [Fact]
    public void Seeded_sources_with_other_seeds_give_other_numbers() =>
        Assert.NotEqual(new SeededRandomSource(1).NextBits(), new SeededRandomSource(2).NextBits());

    [Fact]
    public void Thread_source_gives_other_numbers_on_other_threads()
    {
        ulong[] there = [];
        var thread = new Thread(() => there = Draw());
        thread.Start();
        var here = Draw();
        thread.Join();

        Assert.Equal(2_000, here.Concat(there).Distinct().Count());

        static ulong[] Draw()
        {
            var numbers = new ulong[1_000];
            for (var i = 0; i < numbers.Length; i++)
            {
                numbers[i] = ThreadRandomSource.Instance.NextBits();
            }

            return numbers;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    public void Next_is_uniform_below_its_bound(int bound)
    {
        var random = new SeededRandomSource(5);
        var counts = new int[bound];
        for (var i = 0; i < 50_000; i++)
        {
            counts[random.Next(bound)]++;
        }

        Distribution.AssertFits(counts, Enumerable.Repeat(1.0, bound).ToArray());
    }

    [Theory]
    [InlineData(0u, 10, 0)]
    [InlineData(uint.MaxValue, 10, 9)]
    [InlineData(uint.MaxValue, 1, 0)]
    [InlineData(uint.MaxValue, int.MaxValue, int.MaxValue - 1)]
    public void Scale_reaches_both_ends_and_never_the_bound(uint bits, int bound, int expected) =>
        Assert.Equal(expected, RandomSourceExtensions.Scale(bits, bound));

    [Fact]
    public void NextDouble_lies_between_zero_and_one_and_has_the_mean_of_a_uniform_number()
    {
        var random = new SeededRandomSource(6);
        var sum = 0.0;
        for (var i = 0; i < 100_000; i++)
        {
            var number = random.NextDouble();
            Assert.InRange(number, 0, 1 - (1.0 / (1UL << 53)));
            sum += number;
        }

        Assert.InRange(sum / 100_000, 0.495, 0.505);
    }
}
