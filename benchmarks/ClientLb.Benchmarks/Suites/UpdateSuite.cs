using ClientLb.Balancing;
using ClientLb.Benchmarks.Measuring;
using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;

namespace ClientLb.Benchmarks.Suites;

/// <summary>
/// One step of the cluster's loop that takes in a whole list from the source, in which one endpoint is not what it was, and publishes the
/// next snapshot.
/// </summary>
internal static class UpdateSuite
{
    public static List<Row> Run(Arguments arguments)
    {
        var rows = new List<Row>();
        var loop = new Interleaved(arguments.RepetitionsOr(41), TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(2));
        foreach (var n in new[] { 10, 1000, 10_000 })
        {
            List<Alternative> alternatives =
            [
                new("idle turn", Changing(n, static before => before)),
                new("one endpoint's metadata", Changing(n, static before => before with
                {
                    Metadata = EndpointMetadata.From(new Dictionary<string, string> { ["version"] = "2" }),
                })),
                new("one endpoint's weight", Changing(n, static before => before with { Weight = 2 })),
                new("one endpoint replaced", Changing(n, static before => new EndpointDescriptor(before.Host, before.Port + 1))),
            ];
            alternatives.RemoveAll(alternative => !alternative.Name.Contains(arguments.Only, StringComparison.OrdinalIgnoreCase));
            foreach (var (alternative, cost) in alternatives.Zip(loop.Measure(alternatives)))
            {
                rows.Add(Row.Of("update", alternative.Name, n, 1, cost));
            }
        }

        return rows;
    }

    private static Action<int> Changing(int n, Func<EndpointDescriptor, EndpointDescriptor> change)
    {
        var time = new SteppedTime();
        var cluster = BenchmarkCluster.Create(LoadBalancingPolicies.Default, n, time);
        var lists = new[] { BenchmarkCluster.Descriptors(n), BenchmarkCluster.Descriptors(n) };
        lists[1][n / 2] = change(lists[1][n / 2]);
        var isIdle = lists[0][n / 2] == lists[1][n / 2];
        var turn = 0;
        return count =>
        {
            for (var i = 0; i < count; i++)
            {
                // The loop publishes at most twenty times a second.
                time.Advance(TimeSpan.FromSeconds(1));
                if (!isIdle)
                {
                    cluster.Loop.Post(new EndpointUpdate(lists[++turn & 1], cluster.Clock.Now));
                }

                var before = cluster.Snapshot;
                cluster.Loop.Step();
                if (isIdle != ReferenceEquals(before, cluster.Snapshot))
                {
                    throw new InvalidOperationException("A changed list was not published, or an unchanged one was.");
                }
            }
        };
    }
}
