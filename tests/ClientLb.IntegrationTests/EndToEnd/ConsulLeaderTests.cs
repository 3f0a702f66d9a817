using ClientLb.IntegrationTests.Infrastructure;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.EndToEnd;

public class ConsulLeaderTests(ITestOutputHelper output)
{
    [ConsulFact]
    public async Task Leaders_that_freeze_and_that_are_killed_cost_no_call()
    {
        await using var consul = await ConsulCluster.StartAsync();
        await using var stack = await ConsulStack.StartAsync(output, consul.Client.Uri, b => ConsulStack.RegisterOnNodeAsync(consul.Client.Api, b));

        var frozen = await consul.LeaderAsync();
        frozen.Freeze();
        await RecoverAsync(consul, stack, frozen, 2);
        frozen.Continue();
        await Eventually.IsTrueAsync(async () => await frozen.Api.LeaderAsync() is { Length: > 0 } leader
            && !leader.StartsWith(frozen.Address + ":", StringComparison.Ordinal), TimeSpan.FromSeconds(20), "the frozen server follows");

        var killed = await consul.LeaderAsync();
        await killed.KillAsync();
        await RecoverAsync(consul, stack, killed, 3);
        await stack.DiscoveryRecoversAsync();
        await stack.EndAsync();
    }

    private static async Task RecoverAsync(ConsulCluster consul, ConsulStack stack, ConsulAgent lost, int backend)
    {
        var others = consul.Servers.Where(s => s != lost).ToList();
        var tries = 0;
        await Eventually.IsTrueAsync(
            async () =>
            {
                // Over a server that is left: what the agent itself wants to write may hang at the lost one for half a minute.
                await ConsulStack.RegisterOnNodeAsync(others[tries++ % others.Count].Api, stack.Backends[backend]);
                return (await consul.Client.Api.InstancesAsync("orders")).Count == backend + 1;
            },
            TimeSpan.FromSeconds(40), "the cluster answers the agent again");
        await stack.SeesAsync(backend, "the cluster has a leader again");
    }
}
