using ClientLb.IntegrationTests.Infrastructure;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.EndToEnd;

/// <summary>What happens to the agent costs no call, and what is new afterwards is seen soon.</summary>
public class ConsulOutageTests(ITestOutputHelper output)
{
    [ConsulFact]
    public async Task Agent_that_is_killed_and_started_again_costs_no_call()
    {
        await using var agent = await ConsulAgent.StartServerAsync();
        await using var stack = await ConsulStack.StartAsync(output, agent.Uri, b => ConsulStack.RegisterAsync(agent.Api, b));

        await agent.KillAsync();
        await stack.UntilAsync(() => stack.Cluster.Discovery is { Errors: > 0, LastError: not null }, "the lost agent is an error");
        var age = stack.Cluster.DiscoveryAge;
        await stack.Load.MoreAsync(75);
        Assert.True(stack.Cluster.DiscoveryAge > age);
        await agent.RestartAsync();
        await ConsulStack.RegisterAsync(agent.Api, stack.Backends[2]);
        await stack.SeesAsync(2, "the agent is back");

        await stack.DiscoveryRecoversAsync();
        Assert.Equal(3, stack.Cluster.Snapshot.Eligible.Count);
        await stack.EndAsync();
    }

    [ConsulFact]
    public async Task Agent_that_freezes_and_one_that_forgets_everything_cost_no_call()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await using var stack = await ConsulStack.StartAsync(output, agent.Uri, b => ConsulStack.RegisterAsync(agent.Api, b));

        agent.Freeze();
        await stack.Load.MoreAsync(200);
        agent.Continue();
        await ConsulStack.RegisterAsync(agent.Api, stack.Backends[2]);
        await stack.SeesAsync(2, "the agent goes on");
        await stack.DiscoveryRecoversAsync();

        // It comes back with an empty catalog: endpoints that answer are kept.
        await agent.RestartAsync();
        await stack.UntilAsync(() => stack.Cluster.Discovery.Note is not null, "the empty list is noted");
        await stack.Load.MoreAsync(50);
        Assert.Equal(3, stack.Cluster.Snapshot.Eligible.Count);
        await ConsulStack.RegisterAsync(agent.Api, stack.Backends[3]);
        await stack.SeesAsync(3, "its registration with an agent that was empty");

        await stack.DiscoveryRecoversAsync();
        await stack.EndAsync();
    }
}
