using System.Runtime.CompilerServices;
using ClientLb.Balancing;
using ClientLb.Benchmarks.Measuring;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Benchmarks.Suites;

/// <summary>
/// A pick alone, and what every attempt that succeeds costs beside its sending: pick, lease, report and release, with the two timestamps
/// that it takes.
/// </summary>
internal static class PickSuite
{
    private static readonly string[] Policies =
    [
        "round_robin", "random", "least_request", "peak_ewma", "recall", "least_connections", "least_response_time", "pick_first", "weighted_by_load",
    ];

    public static List<Row> Run(Arguments arguments)
    {
        var rows = new List<Row>();
        var loop = new Interleaved(arguments.RepetitionsOr(101), TimeSpan.FromMilliseconds(2), TimeSpan.FromSeconds(1.5));
        foreach (var threads in new[] { 1, 2 })
        {
            foreach (var n in new[] { 3, 10, 100, 1000, 10_000 })
            {
                Measure(loop, rows, n, threads, arguments.Only);
            }
        }

        return rows;
    }

    private static void Measure(Interleaved loop, List<Row> rows, int n, int threads, string only)
    {
        var clusters = Policies.Select(policy => BenchmarkCluster.Create(policy, n)).ToList();
        List<Alternative> alternatives =
        [
            new("one timestamp", count => Timestamps(clusters[0], count)),
            .. Policies.Zip(clusters, static (policy, cluster) => new Alternative($"{policy}: pick", count => Pick(cluster, count))),
            .. Policies.Zip(clusters, static (policy, cluster) => new Alternative($"{policy}: pick + lease + report", count => Attempt(cluster, count))),
            .. Policies.Zip(clusters, static (policy, cluster) => new Alternative($"{policy}: the same and 1 µs of work", count => Attempt(cluster, count, hasWork: true))),
        ];
        alternatives.RemoveAll(alternative => !alternative.Name.Contains(only, StringComparison.OrdinalIgnoreCase));
        foreach (var (alternative, cost) in alternatives.Zip(loop.Measure(alternatives, threads)))
        {
            rows.Add(Row.Of("pick", alternative.Name, n, threads, cost));
        }

        clusters.ForEach(static cluster => cluster.Dispose());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Timestamps(Cluster cluster, int count)
    {
        var sum = 0L;
        for (var i = 0; i < count; i++)
        {
            sum += cluster.Clock.Now;
        }

        GC.KeepAlive(sum);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Pick(Cluster cluster, int count)
    {
        var now = cluster.Clock.Now;
        Endpoint? last = null;
        for (var i = 0; i < count; i++)
        {
            last = cluster.Snapshot.Picker.Pick(new PickContext(now));
        }

        GC.KeepAlive(last);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Attempt(Cluster cluster, int count, bool hasWork = false)
    {
        var work = 0UL;
        for (var i = 0; i < count; i++)
        {
            var now = cluster.Clock.Now;
            if (!LeaseSteps.TryLease(cluster.Snapshot, now, true, default, out var lease))
            {
                throw new InvalidOperationException("No endpoint was free.");
            }

            cluster.Report(lease, new AttemptReport(OutcomeKind.Success, Evidence.None, now, cluster.Clock.Now) { StatusCode = 200 });
            cluster.Release(lease);
            work += hasWork ? OwnWork.OneMicrosecond() : 0;
        }

        GC.KeepAlive(work);
    }
}
