using ClientLb.Simulation.Model;
using ClientLb.Simulation.Running;

namespace ClientLb.Simulation.Tests;

/// <summary>Every policy in the cells that matter most, with one seed and everything as it is by default: what must not become worse unnoticed.</summary>
public class QuickMatrixTests(QuickMatrix matrix) : IClassFixture<QuickMatrix>
{
    /// <summary>The most that p99 may be, as a multiple of the bound.</summary>
    public static TheoryData<string, string, string, double> Latencies => new()
    {
        // What the default promises.
        { "recall", "S", "homog", 1.2 },
        { "recall", "M", "homog", 1.55 },
        { "recall", "S", "antag", 1.4 },
        { "recall", "M", "antag", 1.85 },
        { "recall", "S", "scaleout", 1.35 },
        { "recall", "M", "scaleout", 1.9 },

        // The figures of the reference (1.28 and 2.11, 1.25 and 2.14), and 5 %.
        { "round_robin", "S", "homog", 1.35 },
        { "round_robin", "M", "homog", 2.22 },
        { "least_request", "S", "homog", 1.32 },
        { "least_request", "M", "homog", 2.25 },

        // Two choices see load, not speed: 4.0 and 29, and for servers that join cold 1.6 and 6.4. Seeds differ by a tenth in M.
        { "least_request", "S", "antag", 4.4 },
        { "least_request", "M", "antag", 33 },
        { "least_request", "S", "scaleout", 1.7 },
        { "least_request", "M", "scaleout", 7.1 },

        // A server less for half of the run, and nothing more: 1.45 and 2.2.
        { "round_robin", "S", "failfast", 1.6 },
        { "round_robin", "M", "failfast", 2.4 },
        { "round_robin", "S", "hang", 1.6 },
        { "round_robin", "M", "hang", 2.4 },
        { "least_request", "S", "failfast", 1.5 },
        { "least_request", "M", "failfast", 2.4 },
        { "least_request", "S", "hang", 1.5 },
        { "least_request", "M", "hang", 2.4 },
    };

    /// <summary>The most errors, in percent, without retries. Without ejections round robin has 5.6 and 1.1 %.</summary>
    public static TheoryData<string, string, string, double> Errors => new()
    {
        { "recall", "S", "failfast", 0.1 },
        { "recall", "M", "failfast", 0.1 },
        { "recall", "S", "hang", 0.05 },
        { "recall", "M", "hang", 0.05 },

        { "round_robin", "S", "failfast", 0.06 },
        { "round_robin", "M", "failfast", 0.17 },
        { "least_request", "S", "failfast", 0.06 },
        { "least_request", "M", "failfast", 0.17 },

        // Until the fifth request has waited in vain all that are sent there do, and again after each probe: a frozen server still takes connections.
        { "round_robin", "S", "hang", 0.65 },
        { "round_robin", "M", "hang", 0.27 },
        { "least_request", "S", "hang", 0.07 },
        { "least_request", "M", "hang", 0.15 },
    };

    [Theory]
    [MemberData(nameof(Latencies))]
    public void Latency_stays_within_a_multiple_of_the_bound(string policy, string size, string scenario, double most)
    {
        var row = matrix.Find(size, scenario, policy);

        // Below 0.95 it would be the bound that is wrong.
        Assert.InRange(row.P99 / row.BoundP99, 0.95, most);
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public void Errors_stay_few_while_servers_fail(string policy, string size, string scenario, double most)
    {
        // None at all would mean that nothing has failed.
        Assert.InRange(matrix.Find(size, scenario, policy).Errors, 0.001, most);
    }

    /// <summary>Servers that say how many requests they have in flight: the reference has 1.20 and 1.55, and 1.09 and 1.32 where all are well.</summary>
    [Theory]
    [InlineData("S", "antag", 1.3)]
    [InlineData("M", "antag", 1.65)]
    [InlineData("S", "homog", 1.15)]
    [InlineData("M", "homog", 1.4)]
    public void Reports_of_what_is_in_flight_shorten_the_tail(string size, string scenario, double most)
    {
        var without = matrix.Find(size, scenario, "recall");

        var p99 = Run.Of(Runs.Cell(size, scenario, variations: new Variations { Header = true }), "recall").P99;

        Assert.InRange(p99 / without.BoundP99, 0.95, most);
        Assert.True(p99 < 0.97 * without.P99, $"{p99} ms, and {without.P99} ms without reports");
    }

    /// <summary>Threads share the memory in parts so that they do not contend for it. It may not be worse for that: 2 % in M with 16, by what one seed shows.</summary>
    [Theory]
    [InlineData("S", "homog")]
    [InlineData("S", "antag")]
    [InlineData("M", "homog")]
    [InlineData("M", "antag")]
    public void A_memory_in_parts_is_as_good_as_a_whole_one(string size, string scenario)
    {
        var whole = matrix.Find(size, scenario, "recall").P99;

        foreach (var shards in new[] { 4, 16 })
        {
            var p99 = Run.Of(Runs.Cell(size, scenario, variations: new Variations { Shards = shards }), "recall").P99;

            Assert.InRange(p99, 0.95 * whole, 1.05 * whole);

            // The same to the last digit would mean that there is one part all the same.
            Assert.NotEqual(whole, p99, 4);
        }
    }

    [Fact]
    public void Nothing_fails_where_no_server_does() =>
        Assert.All(matrix.Rows.Where(static row => !row.Cell.Scenario.Fails), static row => Assert.Equal(0, row.Errors));

    [Fact]
    public void Round_robin_drowns_slow_servers_that_two_choices_spare() => Assert.All(["S", "M"], size =>
        Assert.True(matrix.Find(size, "antag", "round_robin").P99 > 5 * matrix.Find(size, "antag", "least_request").P99));
}
