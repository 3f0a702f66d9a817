using ClientLb.Discovery;
using ClientLb.IntegrationTests.Infrastructure;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.Consul;

/// <summary>Longer than an election: nobody leads, or no server is left. Errors come fast or after 7 s, each with the index 1.</summary>
public class ConsulNoLeaderTests(ITestOutputHelper output)
{
    [ConsulFact]
    public async Task Cluster_without_a_leader_costs_no_list()
    {
        await using var cluster = await ConsulCluster.StartAsync();
        await cluster.Client.Api.RegisterOnNodeAsync("host", "10.0.0.1", "web", "web-1", 1);
        await using var stale = new WatchedSource(cluster.Client.Uri);
        await using var consistent = new WatchedSource(cluster.Client.Uri, static o => o.AllowStale = false);
        var readers = new[] { stale.Watch("web"), consistent.Watch("web") };
        foreach (var reader in readers)
        {
            await reader.SeesPortsAsync(5, 1);
        }

        var leader = await cluster.LeaderAsync();
        var lost = cluster.Servers.Where(s => s != leader).Take(1).Prepend(leader).ToList();
        foreach (var server in lost)
        {
            await server.KillAsync();
        }

        // At first each query is refused at once; when the agent knows that the servers are gone it holds each for 7 s in the hope of a leader.
        await readers[1].SeesAsync(static u => u.Error is DiscoveryException { Kind: DiscoveryErrorKind.Unavailable }, 20);
        var (_, held) = await readers[1].SeesAsync(static u => u.Error?.Message.Contains("No cluster leader", StringComparison.Ordinal) == true, 40);
        output.WriteLine($"held after {held.TotalMilliseconds:0} ms, {readers[1].Updates.Count(static u => u.Error is not null)} errors, {consistent.Requests} requests");
        Assert.InRange(consistent.Requests, 1, 30);

        foreach (var server in lost)
        {
            await server.RelaunchAsync();
        }

        var recovery = await Eventually.IsTrueAsync(
            async () =>
            {
                await cluster.Client.Api.RegisterOnNodeAsync("host", "10.0.0.1", "web", "web-2", 2);
                return (await cluster.Client.Api.InstancesAsync("web")).Count == 2;
            },
            TimeSpan.FromSeconds(60), "the cluster has a leader again");
        foreach (var reader in readers)
        {
            var (_, took) = await reader.SeesPortsAsync(10, 1, 2);
            output.WriteLine($"a leader after {recovery.TotalMilliseconds:0} ms, the new instance seen {took.TotalMilliseconds:0} ms later");
            ConsulFaultTests.AssertListStayed(reader);
        }
    }

    [ConsulFact]
    public async Task Agent_that_finds_no_server_costs_no_list()
    {
        await using var server = await ConsulAgent.StartServerAsync();
        await using var client = await ConsulAgent.StartAsync([$"-retry-join={server.Address}", "-retry-interval=1s"], waitForLeader: true);
        await client.Api.RegisterOnNodeAsync("host", "10.0.0.1", "web", "web-1", 1);
        await using var source = new WatchedSource(client.Uri);
        var reader = source.Watch("web");
        await reader.SeesPortsAsync(5, 1);

        await server.KillAsync();
        var (failed, _) = await reader.SeesAsync(static u => u.Error is not null, 20);
        await Task.Delay(3000);
        var asked = source.Requests;
        await server.RestartAsync();
        await server.Api.RegisterOnNodeAsync("host", "10.0.0.1", "web", "web-2", 2);
        var (_, took) = await reader.SeesPortsAsync(30, 1, 2);

        output.WriteLine($"'{failed.Error!.Message}', {asked} requests, seen {took.TotalMilliseconds:0} ms after the restart");
        Assert.Equal(DiscoveryErrorKind.Unavailable, Assert.IsType<DiscoveryException>(failed.Error).Kind);
        Assert.InRange(asked, 2, 20);
        ConsulFaultTests.AssertListStayed(reader);
    }
}
