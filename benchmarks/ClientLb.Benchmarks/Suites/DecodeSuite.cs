using System.Text.Json;
using ClientLb.Benchmarks.Measuring;
using ClientLb.Consul;
using ClientLb.Consul.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClientLb.Benchmarks.Suites;

/// <summary>
/// The whole way of a list of Consul's, from the answer's bytes to sorted descriptors, against a bare <see cref="JsonSerializer"/> that reads
/// the same bytes into the same types.
/// </summary>
internal static class DecodeSuite
{
    private static readonly Uri s_agent = new("http://127.0.0.1:8500/");

    public static List<Row> Run(Arguments arguments)
    {
        var rows = new List<Row>();
        var loop = new Interleaved(arguments.RepetitionsOr(41), TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5));
        foreach (var n in new[] { 10, 1000, 5000 })
        {
            var body = ConsulBody.Create(n);
            List<Alternative> alternatives =
            [
                new("JsonSerializer alone", Bare(body)),
                new("first list", Whole(isFirst: true, body)),
                new("same list again", Whole(isFirst: false, body)),
                new("one instance changed", Whole(isFirst: false, body, ConsulBody.Create(n, critical: n / 2))),
            ];
            alternatives.RemoveAll(a => a.Name != "JsonSerializer alone" && !a.Name.Contains(arguments.Only, StringComparison.OrdinalIgnoreCase));
            if (alternatives.Count > 1)
            {
                var costs = loop.Measure(alternatives);
                rows.AddRange(alternatives.Zip(costs, (a, cost) => Row.Of("decode", a.Name, n, 1, cost, costs[0])));
            }
        }

        return rows;
    }

    private static Action<int> Bare(byte[] body) => count =>
    {
        for (var i = 0; i < count; i++)
        {
            JsonSerializer.Deserialize(body, WireJson.Default.ListWireEntry);
        }
    };

    private static Action<int> Whole(bool isFirst, params byte[][] bodies)
    {
        var client = new ConsulClient(new BodyHandler(bodies), new(), TimeProvider.System);
        var query = ConsulQuery.Create(new("web"), new(), new());
        var decoder = new ConsulDecoder("web", NullLogger.Instance);
        return count =>
        {
            for (var i = 0; i < count; i++)
            {
                decoder = isFirst ? new("web", NullLogger.Instance) : decoder;

                // Everything is in memory: it ends where it began, on this thread.
                var answer = client.QueryAsync(s_agent, query, 0, default, ConsulConsistency.Stale, CancellationToken.None);
                decoder.Decode(answer.GetAwaiter().GetResult().Entries);
            }
        };
    }
}
