using ClientLb.IntegrationTests.Infrastructure;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.Consul;

/// <summary>Three servers, asked through a client agent.</summary>
public class ConsulClusterTests(ITestOutputHelper output)
{
    [ConsulFact]
    public Task Leader_that_is_killed_costs_no_list() => LoseLeaderAsync(static leader => leader.KillAsync());

    [ConsulFact]
    public Task Leader_that_freezes_costs_no_list() => LoseLeaderAsync(
        static leader =>
        {
            leader.Freeze();
            return Task.CompletedTask;
        });

    private async Task LoseLeaderAsync(Func<ConsulAgent, Task> lose)
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
        var other = cluster.Servers.First(s => s != leader);
        await lose(leader);
        var recovery = await Eventually.IsTrueAsync(
            async () =>
            {
                // Over a server that is left: what the agent itself wants to write may hang at the lost one for half a minute.
                await other.Api.RegisterOnNodeAsync("host", "10.0.0.1", "web", "web-2", 2);
                return (await cluster.Client.Api.InstancesAsync("web")).Count == 2;
            },
            TimeSpan.FromSeconds(40), "the cluster answers the agent again");
        foreach (var reader in readers)
        {
            var (_, took) = await reader.SeesPortsAsync(5, 1, 2);
            output.WriteLine($"recovered after {recovery.TotalMilliseconds:0} ms, new instance seen {took.TotalMilliseconds:0} ms later, "
                + $"{reader.Updates.Count(static u => u.Error is not null)} errors on the way");
            ConsulFaultTests.AssertListStayed(reader);
        }
    }
}
