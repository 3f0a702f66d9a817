using System.Runtime.CompilerServices;
using ClientLb.Balancing;
using ClientLb.Benchmarks.Measuring;
using ClientLb.Endpoints;

namespace ClientLb.Benchmarks.Suites;

/// <summary>The hashing policies: a pick by a key that is another one each time, and what it costs to make their pickers.</summary>
internal static class HashSuite
{
    private static readonly ILoadBalancingPolicy[] s_policies = [new SourceHashPolicy(), new ConsistentHashPolicy(), new MaglevPolicy(), new RendezvousPolicy()];

    public static List<Row> Run(Arguments arguments)
    {
        var rows = new List<Row>();
        foreach (var n in new[] { 3, 100, 1000, 10_000 })
        {
            var members = Members(n);
            var picks = s_policies.SelectMany(policy => new Alternative[]
            {
                new($"{policy.Name}: pick by key", Picking(policy, members, 0)),
                new($"{policy.Name}: pick by key, bounded", Picking(policy, members, 1.25)),
            });
            Measure(rows, arguments, n, picks, new Interleaved(arguments.RepetitionsOr(51), TimeSpan.FromMilliseconds(2), TimeSpan.FromSeconds(1.5)));
            var pickers = s_policies.SelectMany(policy => new Alternative[]
            {
                new($"{policy.Name}: picker of a new list", Compiling(policy, members, keep: false)),
                new($"{policy.Name}: picker after an ejection", Compiling(policy, members, keep: true)),
            });
            Measure(rows, arguments, n, pickers, new Interleaved(arguments.RepetitionsOr(15), TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(2)));
        }

        return rows;
    }

    private static void Measure(List<Row> rows, Arguments arguments, int n, IEnumerable<Alternative> all, Interleaved loop)
    {
        var alternatives = all.Where(alternative => alternative.Name.Contains(arguments.Only, StringComparison.OrdinalIgnoreCase)).ToList();
        foreach (var (alternative, cost) in alternatives.Zip(alternatives.Count == 0 ? [] : loop.Measure(alternatives)))
        {
            rows.Add(Row.Of("hash", alternative.Name, n, 1, cost));
        }
    }

    private static WeightedEndpoint[] Members(int n) =>
        [.. BenchmarkCluster.Descriptors(n).Select(static descriptor => new WeightedEndpoint(new Endpoint(descriptor, MonotonicClock.System), 1))];

    private static Picker Compile(ILoadBalancingPolicy policy, WeightedEndpoint[] announced, WeightedEndpoint[] members, Picker? previous, double bound) =>
        policy.CreatePicker(new PickerInput
        {
            Members = members,
            Announced = announced,
            Previous = previous,
            Options = new LoadBalancingOptions { BoundedLoad = bound },
            Random = ThreadRandomSource.Instance,
            Clock = MonotonicClock.System,
        });

    private static Action<int> Picking(ILoadBalancingPolicy policy, WeightedEndpoint[] members, double bound)
    {
        var picker = Compile(policy, members, members, null, bound);
        var key = 0UL;
        return count => key = Pick(picker, key, count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Pick(Picker picker, ulong key, int count)
    {
        Endpoint? last = null;
        for (var i = 0; i < count; i++)
        {
            // The clock moves as it would at a hundred thousand calls a second.
            last = picker.Pick(new PickContext((long)key * 100) { HashKey = key++, HasHashKey = true });
        }

        GC.KeepAlive(last);
        return key;
    }

    private static Action<int> Compiling(ILoadBalancingPolicy policy, WeightedEndpoint[] announced, bool keep)
    {
        var rest = announced[1..];
        var previous = keep ? Compile(policy, announced, announced, null, 0) : null;
        return count =>
        {
            for (var i = 0; i < count; i++)
            {
                GC.KeepAlive(Compile(policy, announced, keep ? rest : announced, previous, 0));
            }
        };
    }
}
