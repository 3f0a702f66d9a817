using ClientLb.Benchmarks.Measuring;

namespace ClientLb.Benchmarks.Suites;

/// <summary>
/// Whole calls of an <see cref="HttpClient"/> over a handler in memory that answers at once. The ratio is to the client of a plain
/// <c>IHttpClientFactory</c>, measured in the same run.
/// </summary>
internal static class HandlerSuite
{
    public static List<Row> Run(Arguments arguments)
    {
        var rows = new List<Row>();
        var loop = new Interleaved(arguments.RepetitionsOr(201), TimeSpan.FromMilliseconds(2), TimeSpan.FromSeconds(3));
        foreach (var exchange in Exchange.All)
        {
            using var clients = new Clients(exchange.HasBody, exchange.Waits);
            var all = clients.All()
                .Where(client => client.Name == Clients.Plain || $"{exchange.Name}: {client.Name}".Contains(arguments.Only, StringComparison.OrdinalIgnoreCase)).ToList();
            if (all.Count == 1 && arguments.Only.Length > 0)
            {
                continue;
            }

            var costs = loop.Measure([.. all.Select(client => new Alternative(client.Name, count => Call(exchange, client.Client, count)))]);
            var plain = costs[all.FindIndex(static client => client.Name == Clients.Plain)];
            rows.AddRange(all.Zip(costs, (client, cost) => Row.Of("handler", $"{exchange.Name}: {client.Name}", 3, 1, cost, plain)));
        }

        return rows;
    }

    private static void Call(Exchange exchange, HttpClient client, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var call = exchange.CallAsync(client);
            if (exchange.Waits)
            {
                MemoryHandler.Answer();
            }

            if (!call.IsCompletedSuccessfully)
            {
                // On another thread its time would not be counted.
                throw new InvalidOperationException("The call did not complete on this thread.", call.Exception);
            }
        }
    }
}
