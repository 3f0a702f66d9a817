namespace ClientLb.Simulation.Model;

/// <summary>The 43 cells by which policies are compared, in four groups.</summary>
internal static class Matrix
{
    private static readonly string[] Usual = ["S", "M", "L"];
    private static readonly string[] Smaller = ["S", "M"];
    private static readonly ScenarioKind[] Three = [ScenarioKind.Homog, ScenarioKind.Antag, ScenarioKind.Hetero];
    private static readonly ScenarioKind[] Two = [ScenarioKind.Homog, ScenarioKind.Antag];

    public static IReadOnlyList<(string Name, IReadOnlyList<Cell> Cells)> Groups { get; } =
    [
        ("70 %", [.. Group(Usual, Three, [Distribution.Lognormal], Discipline.Ps, [0.7])]),
        ("50 and 90 %", [.. Group(Usual, Three, [Distribution.Lognormal], Discipline.Ps, [0.5, 0.9])]),
        ("Bimodal and exponential, 70 %", [.. Group(Smaller, Two, [Distribution.Bimodal, Distribution.Exponential], Discipline.Ps, [0.7])]),
        ("FIFO, bimodal and lognormal, 70 %", [.. Group(Smaller, Two, [Distribution.Bimodal, Distribution.Lognormal], Discipline.Fifo, [0.7])]),
    ];

    public static IReadOnlyList<Cell> Cells { get; } = [.. Groups.SelectMany(static group => group.Cells)];

    /// <summary>The cell as it stands in the groups: without seed and variations.</summary>
    public static Cell Plain(Cell cell) => cell with { Seed = 0, Variations = Variations.None };

    private static IEnumerable<Cell> Group(
        string[] sizes, ScenarioKind[] scenarios, Distribution[] distributions, Discipline discipline, double[] utilizations) =>
        from distribution in distributions
        from utilization in utilizations
        from size in sizes
        from scenario in scenarios
        select new Cell(Size.Named(size), new Scenario(scenario), distribution, discipline, utilization, 0, Variations.None);
}
