using ClientLb.Simulation.Model;
using ClientLb.Simulation.Output;
using ClientLb.Simulation.Running;

namespace ClientLb.Simulation.Tests;

/// <summary>Simulated cells as the tests want them.</summary>
internal static class Runs
{
    /// <summary>Lognormal work, processor sharing, 70 %.</summary>
    public static Cell Cell(string size, string scenario, ulong seed = 1, Variations? variations = null)
    {
        Assert.True(Scenario.TryParse(scenario, out var parsed), scenario);
        return new Cell(Size.Named(size), parsed.Value, Distribution.Lognormal, Discipline.Ps, 0.7, seed, variations ?? Variations.None);
    }

    /// <summary>Two at once: as many processors as any machine has that builds this.</summary>
    public static List<Row> Of(IReadOnlyList<Cell> cells, params string[] policies) => Runner.Run(cells, policies, threads: 2);

    public static Row Find(IEnumerable<Row> rows, string size, string scenario, string policy) =>
        rows.Single(row => row.Size == size && row.Scenario == scenario && row.Policy == policy);
}
