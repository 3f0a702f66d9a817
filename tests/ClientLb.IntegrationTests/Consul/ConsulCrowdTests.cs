using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Consul;

/// <summary>More services than an agent gives connections.</summary>
public class ConsulCrowdTests
{
    private const int Services = 300;

    [ConsulFact]
    public async Task Three_hundred_services_are_watched_over_two_hundred_connections()
    {
        await using var agent = await ConsulAgent.StartDevAsync("limits { http_max_conns_per_client = 200 }");
        await agent.Api.RegisterOnNodeAsync("elsewhere", "10.0.0.2", "s-0", "s-0", 1);
        for (var i = 1; i < Services; i++)
        {
            await agent.Api.RegisterOnNodeAsync("elsewhere", "10.0.0.2", $"s-{i}", $"s-{i}", 1);
        }

        await using var source = new WatchedSource(agent.Uri, static o => o.Wait = TimeSpan.FromSeconds(6));
        var readers = Enumerable.Range(0, Services).Select(i => source.Watch($"s-{i}")).ToList();
        await Task.WhenAll(readers.Select(static r => r.SeesPortsAsync(20, 1)));
        foreach (var i in Enumerable.Range(0, 5).Select(static n => n * 60))
        {
            await agent.Api.RegisterOnNodeAsync("elsewhere", "10.0.0.2", $"s-{i}", $"s-{i}", 2);
            await readers[i].SeesPortsAsync(30, 2);
        }

        Assert.All(readers, static r => Assert.DoesNotContain(r.Updates, static u => u.Error is not null));
    }
}
