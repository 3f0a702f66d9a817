using System.Collections.Concurrent;
using ClientLb.Simulation.Dispatch;
using ClientLb.Simulation.Model;
using ClientLb.Simulation.Output;

namespace ClientLb.Simulation.Running;

/// <summary>Runs policies and the bounds in cells, several at once. The result does not depend on how many.</summary>
internal static class Runner
{
    private static readonly string[] Bounds = [CentralQueue.Name, FullKnowledge.Name];

    public static List<Row> Run(IReadOnlyList<Cell> cells, IReadOnlyList<string> policies, int threads)
    {
        var runs = cells.Distinct().SelectMany(cell => Bounds.Union(policies).Select(policy => (Cell: cell, Policy: policy))).ToList();
        var outcomes = new ConcurrentDictionary<(Cell, string), Outcome>();

        // One at a time, or one thread would get all the long ones.
        var singly = Partitioner.Create(runs, EnumerablePartitionerOptions.NoBuffering);
        Parallel.ForEach(singly, new ParallelOptions { MaxDegreeOfParallelism = threads }, run => outcomes[run] = Running.Run.Of(run.Cell, run.Policy));
        return
        [
            .. from cell in cells
               let bound = Smaller(outcomes[(cell, CentralQueue.Name)], outcomes[(cell, FullKnowledge.Name)])
               from policy in policies
               select new Row(cell, policy, outcomes[(cell, policy)], bound),
        ];
    }

    private static Outcome Smaller(Outcome one, Outcome other) => one with
    {
        P50 = Math.Min(one.P50, other.P50),
        P99 = Math.Min(one.P99, other.P99),
        P999 = Math.Min(one.P999, other.P999),
        Slowdown = Math.Min(one.Slowdown, other.Slowdown),
    };
}
