using ClientLb.Balancing;

namespace ClientLb.Tests.Balancing;

public sealed class RoundRobinPolicyTests
{
    [Fact]
    public void Equal_members_come_in_turn()
    {
        var fleet = Fleet.OfEqual(4);
        var turns = Turns(fleet.Compile("round_robin"), 12);

        Assert.Equal([0, 1, 2, 3], turns.Take(4).Order());
        for (var i = 1; i < turns.Length; i++)
        {
            Assert.Equal((turns[i - 1] + 1) % 4, turns[i]);
        }
    }

    [Fact]
    public void Weights_5_1_1_give_the_sequence_of_nginx()
    {
        var turns = Turns(new Fleet(5, 1, 1).Compile("round_robin"), 14);

        // a a b a c a a, from a random start.
        Assert.Contains("0010200" + "0010200", string.Concat(turns) + string.Concat(turns));
        Assert.Equal(turns[..7], turns[7..]);
    }

    [Fact]
    public void Weights_3_1_2_never_come_three_times_in_a_row()
    {
        var turns = string.Concat(Turns(new Fleet(3, 1, 2).Compile("round_robin"), 600));

        Assert.DoesNotContain("000", turns, StringComparison.Ordinal);
        Assert.DoesNotContain("22", turns, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, 3, 2)]
    [InlineData(50, 30, 20)]
    [InlineData(0.5, 0.3, 0.2)]
    public void Weights_5_3_2_give_exactly_50_30_and_20_percent(double first, double second, double third)
    {
        var fleet = new Fleet(first, second, third);

        Assert.Equal([500, 300, 200], fleet.CountPicks(fleet.Compile("round_robin"), 1_000));
    }

    [Theory]
    [InlineData(new[] { 0.7, 1.31, 2.9, 0.123 })]
    [InlineData(new[] { 65_535.0, 1, 65_534, 3 })]
    [InlineData(new[] { 1.0, 1.001, 1, 1, 1 })]
    [InlineData(new[] { 1e-4, 1, 1.7 })]
    public void Odd_weights_are_honoured_to_within_a_few_turns_at_any_time(double[] weights)
    {
        var fleet = new Fleet(weights);
        var picker = fleet.Compile("round_robin");
        Assert.IsType<RotationPicker>(picker);
        var counts = new int[weights.Length];
        for (var turn = 1; turn <= 20_000; turn++)
        {
            counts[Fleet.IndexOf(picker.Pick(new PickContext(Fleet.Now))!)]++;
            for (var i = 0; i < weights.Length; i++)
            {
                Assert.InRange(counts[i] - (turn * weights[i] / weights.Sum()), -4, 4);
            }
        }
    }

    [Fact]
    public void Odd_weights_are_interleaved_with_at_most_three_different_gaps()
    {
        // The three-distance theorem: what a static list in proportion could not do.
        var weights = new[] { 0.7, 1.31, 2.9, 0.123, 5.55 };
        var turns = Turns(new Fleet(weights).Compile("round_robin"), 20_000);

        for (var member = 0; member < weights.Length; member++)
        {
            var positions = Enumerable.Range(0, turns.Length).Where(i => turns[i] == member).ToArray();
            var gaps = positions.Zip(positions.Skip(1), (one, next) => next - one).Distinct().ToArray();
            Assert.InRange(gaps.Length, 1, 3);
        }
    }

    [Fact]
    public void Thousands_of_members_with_odd_weights_get_their_shares()
    {
        var weights = Enumerable.Range(1, 2_000).Select(i => 1 + (i % 17 * 0.37)).ToArray();
        var fleet = new Fleet(weights);

        var counts = fleet.CountPicks(fleet.Compile("round_robin"), 200_000);

        for (var i = 0; i < weights.Length; i++)
        {
            Assert.InRange(counts[i] - (200_000 * weights[i] / weights.Sum()), -5, 5);
        }
    }

    [Theory]
    [InlineData(new[] { 1.0, 1, 1, 1, 1 })]
    [InlineData(new[] { 5.0, 3, 2 })]
    [InlineData(new[] { 0.7, 1.31, 2.9 })]
    public void Position_survives_a_new_snapshot(double[] weights)
    {
        var fleet = new Fleet(weights);
        var undisturbed = Turns(fleet.Compile("round_robin", seed: 5), 100);

        var picker = fleet.Compile("round_robin", seed: 5);
        var turns = new List<int>();
        for (ulong snapshot = 0; snapshot < 10; snapshot++)
        {
            turns.AddRange(Turns(picker, 10));
            picker = fleet.Compile("round_robin", seed: 100 + snapshot, picker);
        }

        Assert.Equal(undisturbed, turns);
    }

    [Fact]
    public void Snapshots_in_quick_succession_starve_no_member()
    {
        // A position that began anew each time would give nearly every pick to the first members.
        var fleet = Fleet.OfEqual(10);
        var counts = new int[10];
        var picker = fleet.Compile("round_robin");
        for (ulong snapshot = 0; snapshot < 1_000; snapshot++)
        {
            foreach (var turn in Turns(picker, 3))
            {
                counts[turn]++;
            }

            picker = fleet.Compile("round_robin", seed: 1, picker);
        }

        Assert.All(counts, count => Assert.Equal(300, count));
    }

    [Fact]
    public void Turns_of_many_threads_are_shared_exactly()
    {
        var fleet = Fleet.OfEqual(4);
        var picker = fleet.Compile("round_robin");
        var counts = new int[4];

        Parallel.For(0, 4, _ =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                Interlocked.Increment(ref counts[Fleet.IndexOf(picker.Pick(new PickContext(Fleet.Now))!)]);
            }
        });

        Assert.All(counts, count => Assert.Equal(10_000, count));
    }

    private static int[] Turns(Picker picker, int count)
    {
        var turns = new int[count];
        for (var i = 0; i < count; i++)
        {
            turns[i] = Fleet.IndexOf(picker.Pick(new PickContext(Fleet.Now))!);
        }

        return turns;
    }
}
