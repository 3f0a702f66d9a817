using ClientLb.IntegrationTests.Infrastructure;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.EndToEnd;

public class ConsulLeaveTests(ITestOutputHelper output)
{
    /// <summary>A package upgrade stops the agent of a machine: its services leave the catalog, but they go on running.</summary>
    [ConsulFact]
    public async Task Agent_that_leaves_gracefully_and_comes_back_costs_no_call()
    {
        await using var server = await ConsulAgent.StartServerAsync();
        await using var agent = await ConsulAgent.StartAsync([$"-retry-join={server.Address}", "-retry-interval=1s"], waitForLeader: true);
        await using var stack = await ConsulStack.StartAsync(
            output, agent.Uri, b => ConsulStack.RegisterAsync(agent.Api, b), configure: o => o.Addresses.Add(server.Uri.AbsoluteUri));

        await agent.LeaveAsync();

        // While it stops it may write them once more before it is gone.
        await stack.UntilAsync(() => stack.App.Log.Lines.Any(static line => line.Contains(" Warning 104 ", StringComparison.Ordinal)), "its services are unlisted");
        await stack.Load.MoreAsync(75);
        Assert.True(stack.IsEligible(0) && stack.IsEligible(1));

        await agent.RestartAsync();
        await stack.UntilAsync(() => stack.Cluster.Snapshot.Unlisted.Count == 0, "its services are listed again");
        await ConsulStack.RegisterAsync(agent.Api, stack.Backends[2]);
        await stack.SeesAsync(2, "the agent is back");
        await stack.EndAsync();
    }
}
