using ClientLb.Balancing;
using ClientLb.Benchmarks.Measuring;
using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;

namespace ClientLb.Benchmarks.Suites;

/// <summary>
/// One step of the cluster's loop that takes in a whole list from the source, in which one endpoint is not what it was, or hears that one was ejected,
/// and publishes the next snapshot.
/// </summary>
internal static class UpdateSuite
{
    private static readonly ILoadBalancingPolicy[] s_policies = [new RecallPolicy(), new RoundRobinPolicy(), new LeastRequestPolicy(), new PeakEwmaPolicy()];

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
            foreach (var policy in s_policies)
            {
                foreach (var isWeighted in new[] { false, true })
                {
                    var name = $"{policy.Name}{(isWeighted ? ", weighted" : "")}: ";
                    alternatives.Add(new(name + "a weight", Changing(n, static before => before with { Weight = before.Weight + 1 }, policy.Name, isWeighted)));
                    alternatives.Add(new(name + "an ejection", Ejecting(n, policy.Name, isWeighted)));
                    alternatives.Add(new(name + "the picker alone", Compiling(n, policy, isWeighted)));
                }
            }

            alternatives.RemoveAll(alternative => !alternative.Name.Contains(arguments.Only, StringComparison.OrdinalIgnoreCase));
            foreach (var (alternative, cost) in alternatives.Zip(loop.Measure(alternatives)))
            {
                rows.Add(Row.Of("update", alternative.Name, n, 1, cost));
            }
        }

        return rows;
    }

    private static Action<int> Changing(
        int n, Func<EndpointDescriptor, EndpointDescriptor> change, string policy = LoadBalancingPolicies.Default, bool isWeighted = false)
    {
        var time = new SteppedTime();
        var lists = new[] { Descriptors(n, isWeighted), Descriptors(n, isWeighted) };
        var cluster = BenchmarkCluster.Create(policy, lists[0], time);
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

    private static Action<int> Ejecting(int n, string policy, bool isWeighted)
    {
        var time = new SteppedTime();
        var cluster = BenchmarkCluster.Create(policy, Descriptors(n, isWeighted), time);
        var endpoint = cluster.Snapshot.Endpoints[n / 2];
        var isOut = false;
        return count =>
        {
            for (var i = 0; i < count; i++)
            {
                // The longest time out, so that the loop itself never brings it back.
                time.Advance(TimeSpan.FromSeconds(1));
                isOut = !isOut;
                var now = cluster.Clock.Now;
                var status = isOut
                    ? new HealthStatus(HealthState.Ejected, Evidence.ErrorStatus, now, long.MaxValue, 1, "benchmark")
                    : HealthStatus.Healthy;
                if (!endpoint.Health.TryMove(endpoint.Health.Status, status))
                {
                    throw new InvalidOperationException("Somebody else has moved it.");
                }

                cluster.Loop.PostHealthChanged();
                cluster.Loop.Step();
                if (cluster.Snapshot.Eligible.Count != (isOut ? n - 1 : n))
                {
                    throw new InvalidOperationException("The change was not published.");
                }
            }
        };
    }

    private static Action<int> Compiling(int n, ILoadBalancingPolicy policy, bool isWeighted)
    {
        WeightedEndpoint[] members = [.. Descriptors(n, isWeighted).Select(static d => new WeightedEndpoint(new Endpoint(d, MonotonicClock.System), d.Weight))];
        return count =>
        {
            for (var i = 0; i < count; i++)
            {
                GC.KeepAlive(policy.CreatePicker(new PickerInput { Members = members, Random = ThreadRandomSource.Instance, Clock = MonotonicClock.System }));
            }
        };
    }

    private static EndpointDescriptor[] Descriptors(int n, bool isWeighted)
    {
        var descriptors = BenchmarkCluster.Descriptors(n);
        for (var i = 0; isWeighted && i < n; i++)
        {
            descriptors[i] = descriptors[i] with { Weight = 1 + (i % 100) };
        }

        return descriptors;
    }
}
