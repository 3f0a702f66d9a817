using System.Text.Json;
using ClientLb.Simulation.Model;
using ClientLb.Simulation.Output;

namespace ClientLb.Simulation.Tests;

public class ArgumentsTests
{
    [Fact]
    public void Lists_give_all_combinations()
    {
        var parsed = Parse("--size S,m --scenario homog,hang-10 --policy random,oracle --dist lognormal,Exponential --queue ps,fifo --util 0.5,0.9 --seed 1,2,3");

        Assert.Equal(2 * 2 * 2 * 2 * 2 * 3, parsed.Cells.Distinct().Count());
        Assert.Equal(["random", "oracle"], parsed.Policies);
    }

    [Fact]
    public void The_matrix_has_its_43_cells_for_each_seed()
    {
        var parsed = Parse("--matrix --policy round_robin --seed 1,2 --time 0.5");

        Assert.Equal(2 * 43, parsed.Cells.Distinct().Count());
        Assert.Equal([9, 18, 8, 8], Matrix.Groups.Select(static group => group.Cells.Count));
        Assert.All(parsed.Cells, static cell => Assert.Contains(Matrix.Plain(cell), Matrix.Cells));
    }

    [Theory]
    [InlineData("--size X", "S, M, L, T, G, H")]
    [InlineData("--scenario homog,down", "scaleout")]
    [InlineData("--scenario homog-10", "failfast")]
    [InlineData("--scenario hang-0", "failfast-10")]
    [InlineData("--policy nope", "round_robin")]
    [InlineData("--dist normal", "lognormal, bimodal, exponential")]
    [InlineData("--queue lifo", "ps, fifo")]
    [InlineData("--util 1", "0.01 to 0.99")]
    [InlineData("--util 0.7,", "0.01 to 0.99")]
    [InlineData("--seed -1", "whole numbers from 0")]
    [InlineData("--delay 5", "with a unit")]
    [InlineData("--skew 1,2", "one value")]
    [InlineData("--fan-out 0", "1 to 1000")]
    [InlineData("--health maybe", "on, off")]
    [InlineData("--header yes", "on, off")]
    [InlineData("--shards 3", "1, 2, 4, 8, 16")]
    [InlineData("--shards 1,4", "one value")]
    [InlineData("--matrix yes", "no value")]
    [InlineData("--matrix --size S", "--size")]
    [InlineData("--json", "name of a file")]
    [InlineData("--json /nowhere/at/all.json", "/nowhere/at/all.json")]
    [InlineData("--polcy random", "--policy")]
    [InlineData("--size S --size M", "twice")]
    [InlineData("matrix", "'matrix'")]
    public void Bad_input_says_what_is_allowed(string line, string allowed)
    {
        Assert.False(Arguments.TryParse(line.Split(' '), out _, out var errors));

        Assert.Contains(allowed, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("failfast", 10, 1)]
    [InlineData("failfast", 50, 1)]
    [InlineData("hang", 200, 4)]
    [InlineData("hang-10", 50, 5)]
    [InlineData("flaky-10", 200, 20)]
    public void The_name_of_a_scenario_says_how_many_servers_fail(string name, int servers, int failing)
    {
        Assert.True(Scenario.TryParse(name, out var scenario));

        Assert.Equal(failing, scenario.Value.Failing(servers));
        Assert.Equal(name, scenario.Value.Name);
    }

    [Fact]
    public void The_json_has_its_names_in_order()
    {
        var outcome = new Outcome(1, 2, 3, 4, 0.5, 1.5, 6, TimeSpan.Zero);

        var json = JsonSerializer.SerializeToElement(new Row(Runs.Cell("S", "hang-10"), "random", outcome, outcome with { P99 = 1.9 }));

        Assert.Equal(
            ["size", "scenario", "distribution", "queue", "policy", "util", "seed", "p50_ms", "p99_ms", "p999_ms", "errors_pct", "max_over_mean",
             "bound_p99_ms", "bound_p999_ms"],
            json.EnumerateObject().Select(static property => property.Name));
        Assert.Equal("hang-10", json.GetProperty("scenario").GetString());
        Assert.Equal(1.9, json.GetProperty("bound_p99_ms").GetDouble());
    }

    private static Arguments Parse(string line)
    {
        Assert.True(Arguments.TryParse(line.Split(' '), out var parsed, out var errors), string.Join("; ", errors));
        return parsed;
    }
}
