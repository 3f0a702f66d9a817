using ClientLb.IntegrationTests.Infrastructure;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.Consul;

/// <summary>An abandoned query keeps its connection in the agent until its wait is over, and an agent has 200 for each address.</summary>
public class ConsulRestartTests(ITestOutputHelper output)
{
    private const string UsualLimit = "limits { http_max_conns_per_client = 200 }";

    [ConsulFact]
    public async Task Thousand_cancelled_and_restarted_watches_lock_nobody_out()
    {
        await using var agent = await ConsulAgent.StartDevAsync(UsualLimit);
        for (var i = 0; i < 10; i++)
        {
            await agent.Api.RegisterAsync("again-" + i, "a-" + i, "10.0.0.1", 1000 + i);
        }

        await using var source = new WatchedSource(agent.Uri);
        for (var i = 0; i < 1000; i++)
        {
            await source.WatchOnceAsync("again-" + (i % 10));
        }

        await agent.Api.RegisterAsync("new", "n-1", "10.0.0.1", 1);
        var (_, took) = await source.Watch("new").SeesPortsAsync(5, 1);
        output.WriteLine($"{source.Requests} requests for 1,000 watches, a new one listed after {took.TotalMilliseconds:0} ms");
        Assert.InRange(source.Requests, 10, 100);
    }

    [ConsulFact]
    public async Task Services_that_were_looked_at_once_and_left_lock_nobody_out()
    {
        await using var agent = await ConsulAgent.StartDevAsync(UsualLimit);
        await using var source = new WatchedSource(agent.Uri);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 20 }, async (i, _) => await source.WatchOnceAsync("left-" + i));

        await agent.Api.RegisterAsync("new", "n-1", "10.0.0.1", 1);
        var reader = source.Watch("new");
        var (_, took) = await reader.SeesPortsAsync(10, 1);
        output.WriteLine($"{source.Requests} requests for 1,000 services, a new one listed after {took.TotalMilliseconds:0} ms");
        Assert.DoesNotContain(reader.Updates, static u => u.Error is not null);
    }
}
