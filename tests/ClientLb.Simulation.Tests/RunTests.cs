using ClientLb.Simulation.Dispatch;
using ClientLb.Simulation.Model;
using ClientLb.Simulation.Output;
using ClientLb.Simulation.Running;

namespace ClientLb.Simulation.Tests;

public class RunTests
{
    private static readonly Variations Short = new() { Time = 0.05 };

    [Theory]
    [InlineData("homog")]
    [InlineData("mix")]
    [InlineData("flaky")]
    [InlineData("hang")]
    [InlineData("scaleout")]
    public void The_same_seed_gives_the_same_figures(string scenario)
    {
        var cell = Runs.Cell("S", scenario, 7, Short);

        Assert.Equal(Figures(cell), Figures(cell));
        Assert.NotEqual(Figures(cell), Figures(cell with { Seed = 8 }));
    }

    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        Cell[] cells = [Runs.Cell("S", "antag", 1, Short), Runs.Cell("T", "fast", 1, Short)];
        string[] policies = ["peak_ewma", "random"];

        var (one, two) = (Runner.Run(cells, policies, threads: 1), Runner.Run(cells, policies, threads: 2));

        Assert.Equal(one.Select(static row => row.Outcome with { Cost = default }), two.Select(static row => row.Outcome with { Cost = default }));
    }

    [Fact]
    public void Every_policy_meets_the_same_requests()
    {
        var cell = Runs.Cell("S", "homog", 3, new Variations { Time = 0.05, Delay = 0 });

        var counts = new[] { CentralQueue.Name, FullKnowledge.Name, "round_robin", "random" }.Select(policy => Run.Of(cell, policy).Requests).ToList();

        // Apart from those that are still under way at the end.
        Assert.InRange(counts.Max() - counts.Min(), 0, 100);
    }

    /// <summary>One queue, many cores that are hardly used: an answer takes its own work and two ways.</summary>
    [Fact]
    public void Without_load_a_request_takes_its_work_and_two_ways()
    {
        var cell = Runs.Cell("S", "homog", 1, Short) with { Utilization = 0.01 };

        var outcome = Run.Of(cell, CentralQueue.Name);

        Assert.InRange(outcome.Slowdown, 1, 1.5);

        // The median of the lognormal is e^−0.5 times its mean: 0.91 ms of 1.5; 0.2 ms are ways.
        Assert.InRange(outcome.P50, 1.0, 1.25);
    }

    /// <summary>A policy that knows nothing and exponential work make each server an M/M/c queue with processor sharing.</summary>
    [Fact]
    public void Random_choice_gives_the_queueing_theory_of_its_servers()
    {
        var size = new Size("one core", 1, 1, 1, 400, 0.01, 1);
        var cell = Runs.Cell("S", "homog") with { Size = size, Distribution = Distribution.Exponential, Discipline = Discipline.Fifo };

        var outcome = Run.Of(cell with { Variations = new Variations { Delay = 0 } }, "random");

        // M/M/1: the time in the system is exponential with mean 10 ms / (1 − 0.7) = 33.3 ms, so its median is 23.1 and its p99 153.5 ms.
        Assert.InRange(outcome.P50, 23.1 * 0.9, 23.1 * 1.1);
        Assert.InRange(outcome.P99, 153.5 * 0.8, 153.5 * 1.2);
    }

    private static Outcome Figures(Cell cell) => Run.Of(cell, "least_request") with { Cost = default };
}
