using ClientLb.IntegrationTests.Infrastructure;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.EndToEnd;

/// <summary>What operators do to instances costs no call.</summary>
public class ConsulChangeTests(ITestOutputHelper output)
{
    // By turns, weights show in the number of answers; with the default policy latency has its say too.
    [ConsulFact]
    public Task Instances_that_come_change_weight_rest_and_go_cost_no_call() => ChangeAsync("round_robin");

    private async Task ChangeAsync(string policy)
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await using var stack = await ConsulStack.StartAsync(output, agent.Uri, b => ConsulStack.RegisterAsync(agent.Api, b), backends: 3, policy: policy);

        await ConsulStack.RegisterAsync(agent.Api, stack.Backends[2]);
        await stack.SeesAsync(2, "its registration");

        var leaving = stack.EndpointOf(0)!;
        await agent.Api.DeregisterAsync(stack.Backends[0].Authority);
        await stack.UntilAsync(() => stack.EndpointOf(0) is null, "the instance that went is retired");
        Assert.True(leaving.Load.IsRetired);
        await stack.Backends[0].DisposeAsync();

        await ConsulStack.RegisterAsync(agent.Api, stack.Backends[1], weight: 20);
        await stack.UntilAsync(() => stack.Cluster.Snapshot.Members.Any(member => member.Weight == 20), "the new weight is known");

        // Calls that were sent before may be answered after: on a busy machine they come in heaps.
        await stack.UntilAsync(() => stack.Cluster.Snapshot.Endpoints.All(endpoint => endpoint.Load.InFlight <= 1), "earlier calls are answered");
        await stack.Load.MoreAsync(20);
        var (heavy, light) = (stack.Load.AnswersOf(stack.Backends[1].Authority), stack.Load.AnswersOf(stack.Backends[2].Authority));
        await stack.Load.MoreAsync(100);
        heavy = stack.Load.AnswersOf(stack.Backends[1].Authority) - heavy;
        light = stack.Load.AnswersOf(stack.Backends[2].Authority) - light;
        output.WriteLine($"weight 20: {heavy} answers, weight 1: {light}");
        Assert.True(heavy > 5 * light);

        await agent.Api.SetServiceMaintenanceAsync(stack.Backends[1].Authority, true);
        await stack.UntilAsync(() => !stack.IsEligible(1), "the instance in maintenance gets nothing");
        await stack.UntilAsync(() => stack.EndpointOf(1)!.Load.InFlight == 0, "it has finished what it had");
        var resting = stack.Load.AnswersOf(stack.Backends[1].Authority);
        await stack.Load.MoreAsync(50);
        Assert.InRange(stack.Load.AnswersOf(stack.Backends[1].Authority) - resting, 0, 1);
        await agent.Api.SetServiceMaintenanceAsync(stack.Backends[1].Authority, false);
        await stack.SeesAsync(1, "the end of its maintenance");

        await stack.DiscoveryRecoversAsync();
        await stack.EndAsync();
    }
}
