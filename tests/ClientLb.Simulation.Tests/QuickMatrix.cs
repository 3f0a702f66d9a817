using ClientLb.Simulation.Output;

namespace ClientLb.Simulation.Tests;

/// <summary>S and M in five scenarios, all policies, run once for all tests.</summary>
public sealed class QuickMatrix
{
    private static readonly string[] Policies = ["recall", "least_request", "round_robin"];

    internal IReadOnlyList<Row> Rows { get; } = Runs.Of(
        [
            .. from size in new[] { "S", "M" }
               from scenario in new[] { "homog", "antag", "failfast", "hang", "scaleout" }
               select Runs.Cell(size, scenario),
        ],
        Policies);

    internal Row Find(string size, string scenario, string policy) => Runs.Find(Rows, size, scenario, policy);
}
