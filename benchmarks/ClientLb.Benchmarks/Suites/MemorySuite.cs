using System.Text.Json;
using ClientLb.Benchmarks.Measuring;
using ClientLb.Consul;
using ClientLb.Consul.Wire;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClientLb.Benchmarks.Suites;

/// <summary>
/// What lives on the heap after so many lists of 1,000 instances, one of which is another one each time: decoded, published and read. It stays
/// where it was after the first thousand.
/// </summary>
internal static class MemorySuite
{
    private const int Instances = 1000;

    public static List<Row> Run(Arguments arguments)
    {
        var rows = new List<Row>();
        if (!"heap".Contains(arguments.Only, StringComparison.OrdinalIgnoreCase))
        {
            return rows;
        }

        var bodies = Enumerable.Range(0, 20).Select(static i => ConsulBody.Create(Instances, critical: i * 7)).ToList();
        var feed = new ConsulFeed("web", new MonotonicClock(TimeProvider.System), NullLogger.Instance);
        using var stop = new CancellationTokenSource();
        var reader = feed.ReadAsync(stop.Token).GetAsyncEnumerator(stop.Token);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        EndpointUpdate? last = null;
        for (var i = 1; i <= 10_000; i++)
        {
            var entries = JsonSerializer.Deserialize(bodies[i % bodies.Count], WireJson.Default.ListWireEntry)!;
            feed.Publish(new ConsulAnswer(entries, (ulong)i, HasLeader: true, TimeSpan.Zero), isStale: false);
            if (!reader.MoveNextAsync().AsTask().GetAwaiter().GetResult() || reader.Current.Endpoints == last?.Endpoints)
            {
                throw new InvalidOperationException("A changed list was not published.");
            }

            last = reader.Current;
            if (i is 1 or 1000 or 5000 or 10_000)
            {
                entries = null;
                var heap = GC.GetTotalMemory(forceFullCollection: true) - before;
                rows.Add(new("memory", $"heap after {i} updates", Instances, 1, 0, 0, heap, null));
            }
        }

        GC.KeepAlive(last);
        stop.Cancel();
        return rows;
    }
}
