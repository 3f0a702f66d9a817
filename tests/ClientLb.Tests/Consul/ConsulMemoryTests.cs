using System.Text.Json;
using ClientLb.Consul;
using ClientLb.Consul.Wire;
using ClientLb.Endpoints;
using ClientLb.Tests.Discovery;
using static ClientLb.Tests.Consul.WireText;

namespace ClientLb.Tests.Consul;

public class ConsulMemoryTests
{
    private const int Instances = 200;
    private const int Updates = 300;

    /// <summary>Each list has another instance, another check result and new metadata: whatever is remembered of them must be let go.</summary>
    [Fact]
    public void Nothing_of_earlier_lists_is_kept()
    {
        var feed = new ConsulFeed("web", new MonotonicClock(new VirtualTime()), new ListLogger<ConsulFeed>());
        List<WeakReference> earlier = [];
        for (var i = 0; i < Updates; i++)
        {
            earlier.AddRange(Publish(feed, i));
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        // The last list lives, and some metadata that may be shared again.
        Assert.InRange(earlier.Count(static r => r.IsAlive), 1, 5 * Instances);
        Assert.Equal(Instances, feed.Count);
    }

    // In a method of its own, so that no local of it is still a root.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static IEnumerable<WeakReference> Publish(ConsulFeed feed, int turn)
    {
        var entries = Enumerable.Range(0, Instances).Select(i => Entry(
            port: 1 + i, id: $"web-{turn + i}", meta: $$"""{"turn":"{{turn}}-{{i}}","zone":"z{{turn}}"}""", checks: List(Check(turn % 2 == 0 ? "passing" : "warning"))));
        var wire = JsonSerializer.Deserialize(List([.. entries]), WireJson.Default.ListWireEntry)!;
        feed.Publish(new(wire, (ulong)turn + 1, HasLeader: true, TimeSpan.Zero), isStale: false);
        var reader = feed.ReadAsync(CancellationToken.None).GetAsyncEnumerator();
        Assert.True(reader.MoveNextAsync().AsTask().GetAwaiter().GetResult());
        return [.. reader.Current.Endpoints.SelectMany(static e => new object[] { e, e.Metadata, e.Locality }).Distinct(ReferenceEqualityComparer.Instance).Select(static o => new WeakReference(o))];
    }
}
