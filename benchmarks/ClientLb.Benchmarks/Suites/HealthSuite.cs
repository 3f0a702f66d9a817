using System.Runtime.CompilerServices;
using ClientLb.Benchmarks.Measuring;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Benchmarks.Suites;

/// <summary>
/// What health adds to an attempt that succeeds: pick, lease, report and release with the defaults; with every detector and limit on; and without health, by the same
/// steps but for those that only health and limits need.
/// </summary>
internal static class HealthSuite
{
    private static readonly string[] Policies = ["round_robin", "peak_ewma", "recall"];

    public static List<Row> Run(Arguments arguments)
    {
        var rows = new List<Row>();
        var loop = new Interleaved(arguments.RepetitionsOr(101), TimeSpan.FromMilliseconds(2), TimeSpan.FromSeconds(1.5));
        foreach (var policy in Policies)
        {
            foreach (var n in new[] { 3, 100, 1000 })
            {
                Measure(loop, rows, policy, n, arguments.Only);
            }
        }

        return rows;
    }

    private static void Measure(Interleaved loop, List<Row> rows, string policy, int n, string only)
    {
        var without = BenchmarkCluster.Create(policy, n);
        var usual = BenchmarkCluster.Create(policy, n);
        var all = BenchmarkCluster.Create(policy, n);
        Everything(all);
        List<Alternative> alternatives =
        [
            new($"{policy}: without health", count => Bare(without, count)),
            new($"{policy}: health by default", count => Attempt(usual, count)),
            new($"{policy}: every detector and limit", count => Attempt(all, count)),
        ];
        alternatives.RemoveAll(alternative => !alternative.Name.Contains(only, StringComparison.OrdinalIgnoreCase));
        if (alternatives.Count == 0)
        {
            return;
        }

        var costs = loop.Measure(alternatives, 1);
        foreach (var (alternative, cost) in alternatives.Zip(costs))
        {
            rows.Add(Row.Of("health", alternative.Name, n, 1, cost, costs[0]));
        }

        Array.ForEach([without, usual, all], static cluster => cluster.Dispose());
    }

    private static void Everything(Cluster cluster)
    {
        var options = new ClusterOptions { Policy = cluster.Snapshot.Options.Policy };
        options.OutlierDetection.SlowCallThreshold = TimeSpan.FromSeconds(1);
        options.OutlierDetection.Enforcement.ClientErrors = 100;
        options.Limits.EndpointInFlight = 1000;
        options.Limits.InFlight = 10_000;
        cluster.Loop.Post(options);
        Thread.Sleep(100);
        cluster.Loop.Step();
        if (!ReferenceEquals(cluster.Snapshot.Options, options))
        {
            throw new InvalidOperationException("The settings are not in force.");
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Attempt(Cluster cluster, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var now = cluster.Clock.Now;
            var snapshot = cluster.Snapshot;
            Lease lease;
            if (!(snapshot.IsGated
                ? cluster.Gate.TryLease(ref snapshot, now, true, default, true, out lease, default)
                : LeaseSteps.TryLease(snapshot, now, true, default, out lease)))
            {
                throw new InvalidOperationException("No endpoint was free.");
            }

            cluster.Report(lease, new AttemptReport(OutcomeKind.Success, Evidence.None, now, cluster.Clock.Now) { StatusCode = 200 });
            cluster.Release(lease);
        }
    }

    /// <summary>What would be left of an attempt in a balancer without health: its load and its latency are still needed to pick by.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Bare(Cluster cluster, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var now = cluster.Clock.Now;
            if (!LeaseSteps.TryLease(cluster.Snapshot, now, true, default, out var lease))
            {
                throw new InvalidOperationException("No endpoint was free.");
            }

            var report = new AttemptReport(OutcomeKind.Success, Evidence.None, now, cluster.Clock.Now) { StatusCode = 200 };
            var load = lease.Endpoint.Load;
            load.NoteAnswer(report.EndedAt);
            load.ObserveLatency(report.EndedAt, report.Duration);
            load.Sample(report.EndedAt, report.Duration);
            cluster.Budget.Deposit();
            var picker = cluster.Snapshot.Picker;
            if (picker.ObservesOutcomes)
            {
                picker.OnOutcome(lease.Endpoint, report);
            }

            load.Release(lease.StartedAt);
        }
    }
}
