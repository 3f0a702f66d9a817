using ClientLb.Balancing;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Balancing;

/// <summary>How evenly keys are spread. The hash is fixed, so each of these always passes or always fails.</summary>
public sealed class HashDistributionTests
{
    private const int Keys = 60_000;

    private static readonly double[][] Weights =
    [
        [1, 1], [1, 1, 1, 1, 1, 1, 1], [5, 3, 2], [3, 1, 2], [5, 1, 1], [100, 1, 1], [0.7, 0.1, 1.33, 2.91], [4000, 3000, 2999],
        [.. Enumerable.Repeat(1.0, 100)], [.. Enumerable.Range(1, 100).Select(i => Math.Sqrt(i))],
    ];

    /// <remarks>
    /// Modulo and rendezvous give each key to a member with the probability of its weight, independently: Pearson's test as for any dice. Maglev's
    /// shares are off by at most one slot of 65537 each, which with 100 members adds Σ 60,000 × (1/65537)² / p = 0.14 to a statistic of about 100.
    /// </remarks>
    [Theory]
    [InlineData("source_hash")]
    [InlineData("rendezvous")]
    [InlineData("maglev")]
    public void Keys_are_spread_by_weight_as_chance_would(string policy)
    {
        Assert.All(Weights, weights =>
        {
            var fleet = new Fleet(weights);
            Distribution.AssertFits(Count(fleet, fleet.Compile(policy)), weights);
        });
    }

    /// <remarks>
    /// A member's share of the ring is the sum of k arcs, each about exponential, so its deviation is 1 / √k of it; the choice of keys adds √((1 − p) / (N p)), and the
    /// rounding of k at most 0.5 / k. The unit of weight is a power of two, so k is 160 w / mean × 0.7 at least. Five deviations.
    /// </remarks>
    [Fact]
    public void Keys_are_spread_over_a_ring_as_its_arcs_are_long()
    {
        Assert.All(Weights, weights =>
        {
            var fleet = new Fleet(weights);
            var counts = Count(fleet, fleet.Compile("consistent_hash"));
            for (var i = 0; i < counts.Length; i++)
            {
                var share = weights[i] / weights.Sum();
                var positions = Math.Max(1, 160 * 0.7 * share * weights.Length);
                var limit = (5 * Math.Sqrt((1 / positions) + ((1 - share) / (Keys * share)))) + (0.5 / positions);
                Assert.InRange(counts[i] / (Keys * share), 1 - limit, 1 + limit);
            }
        });
    }

    [Fact]
    public void Ring_of_equal_members_deviates_by_eight_per_cent()
    {
        var fleet = Fleet.OfEqual(500);

        var shares = Count(fleet, fleet.Compile("consistent_hash"), 2_000_000).Select(count => count / 4_000.0).ToArray();

        // 1 / √160 = 7.9 %, known to ± 5 % from 500 members, and 1.6 % from the keys.
        var deviation = Math.Sqrt(shares.Average(share => (share - 1) * (share - 1)));
        Assert.InRange(deviation, 0.065, 0.095);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(655)]
    [InlineData(656)]
    [InlineData(5_000)]
    public void Maglev_gives_each_of_equal_members_the_same_slots_but_for_one(int members)
    {
        var order = new MaglevOrder(HashGroup.From(Fleet.OfEqual(members).Members));

        var counts = new int[members];
        foreach (var slot in order.Slots)
        {
            counts[slot]++;
        }

        Assert.InRange(counts.Max() - counts.Min(), 0, 1);
        Assert.InRange(counts.Min(), 100, int.MaxValue);
    }

    [Theory]
    [InlineData(1, 65_537)]
    [InlineData(656, 131_101)]
    [InlineData(1_312, 262_147)]
    [InlineData(2_622, 524_309)]
    [InlineData(5_244, 1_048_583)]
    [InlineData(10_486, 2_097_169)]
    [InlineData(20_972, 4_194_319)]
    [InlineData(50_000, 4_194_319)]
    public void Maglev_tables_have_a_prime_number_of_slots(int members, int size)
    {
        var slots = new MaglevOrder(HashGroup.From(Fleet.OfEqual(members).Members)).Slots.Length;

        Assert.Equal(size, slots);
        Assert.DoesNotContain(Enumerable.Range(2, (int)Math.Sqrt(slots)), divisor => slots % divisor == 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(700)]
    public void Maglev_table_is_the_one_of_the_paper(int members)
    {
        // Word for word as in its listing, without what makes it quick here.
        var group = HashGroup.From(Fleet.OfEqual(members).Members);
        var slots = new MaglevOrder(group).Slots.ToArray();
        var size = (ulong)slots.Length;
        var entry = Enumerable.Repeat(-1, slots.Length).ToArray();
        var next = new ulong[members];
        for (var filled = 0; filled < entry.Length;)
        {
            for (var i = 0; i < members && filled < entry.Length; i++, filled++)
            {
                ulong Slot() => ((group.Seeds[i] % size) + (next[i] * ((StableHash.Mix(group.Seeds[i]) % (size - 1)) + 1))) % size;
                while (entry[Slot()] >= 0)
                {
                    next[i]++;
                }

                entry[Slot()] = i;
                next[i]++;
            }
        }

        Assert.Equal(entry, slots);
    }

    [Fact]
    public void Maglev_table_is_made_in_linear_time_whatever_the_weights()
    {
        // Rounds of one slot each would take a thousand million turns here.
        var weights = Enumerable.Repeat(1.0, 20_000).ToArray();
        weights[7] = 1e9;

        var slots = new MaglevOrder(HashGroup.From(new Fleet(weights).Members)).Slots;

        Assert.Equal(20_000, slots.ToArray().Distinct().Count());
    }

    [Fact]
    public void Ring_is_sorted()
    {
        foreach (var weights in Weights)
        {
            var positions = new RingOrder(HashGroup.From(new Fleet(weights).Members)).Positions.ToArray();
            Assert.Equal(positions.Order(), positions);
            Assert.InRange(positions.Length, 160 * 0.7 * weights.Length, (160 * 1.42 * weights.Length) + weights.Length);
        }
    }

    private static int[] Count(Fleet fleet, Picker picker, int keys = Keys)
    {
        var counts = new int[fleet.Count];
        for (var key = 0; key < keys; key++)
        {
            counts[Fleet.OwnerOf(picker, (ulong)key)]++;
        }

        return counts;
    }
}
