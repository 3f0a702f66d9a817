using ClientLb.Discovery;
using ClientLb.IntegrationTests.Infrastructure;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.Consul;

/// <summary>One agent and what may happen to it. Always: the last list stays, and what is new is seen soon after the end.</summary>
public class ConsulFaultTests(ITestOutputHelper output)
{
    [ConsulFact]
    public async Task Agent_that_is_killed_and_comes_back_is_watched_again()
    {
        await using var agent = await ConsulAgent.StartServerAsync();
        await agent.Api.RegisterOnNodeAsync("host", "10.0.0.1", "web", "web-1", 1);
        await using var source = new WatchedSource(agent.Uri);
        var reader = source.Watch("web");
        await reader.SeesPortsAsync(5, 1);

        await agent.KillAsync();
        var (failed, _) = await reader.SeesAsync(static u => u.Error is not null);
        await Task.Delay(2000);
        await agent.RestartAsync();
        await agent.Api.RegisterOnNodeAsync("host", "10.0.0.1", "web", "web-2", 2);
        var (_, took) = await reader.SeesPortsAsync(5, 1, 2);

        Assert.Equal(DiscoveryErrorKind.Unreachable, Assert.IsType<DiscoveryException>(failed.Error).Kind);
        AssertListStayed(reader);
        output.WriteLine($"seen {took.TotalMilliseconds:0} ms after the restart");
    }

    [ConsulFact]
    public async Task Agent_that_lost_its_data_is_started_over_with()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        foreach (var port in Enumerable.Range(1, 20))
        {
            // Moves the index ahead of that of the agent to come.
            await agent.Api.RegisterOnNodeAsync("host", "10.0.0.1", "web", "web-1", port);
        }

        await using var source = new WatchedSource(agent.Uri);
        var reader = source.Watch("web");
        await reader.SeesPortsAsync(5, 20);

        await agent.RestartAsync();
        var (emptied, _) = await reader.SeesAsync(static u => u.Endpoints.Count == 0);
        await agent.Api.RegisterOnNodeAsync("host", "10.0.0.1", "web", "web-1", 21);
        var (_, took) = await reader.SeesPortsAsync(5, 21);

        Assert.NotNull(emptied.Note);
        Assert.Null(emptied.Error);
        output.WriteLine($"seen {took.TotalMilliseconds:0} ms after its registration");
    }

    [ConsulFact]
    public async Task Agent_that_was_frozen_goes_on()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await agent.Api.RegisterOnNodeAsync("host", "10.0.0.1", "web", "web-1", 1);
        await using var source = new WatchedSource(agent.Uri);
        var reader = source.Watch("web");
        await reader.SeesPortsAsync(5, 1);

        agent.Freeze();
        await Task.Delay(6000);
        agent.Continue();
        await agent.Api.RegisterOnNodeAsync("host", "10.0.0.1", "web", "web-2", 2);
        var (_, took) = await reader.SeesPortsAsync(5, 1, 2);

        AssertListStayed(reader);
        output.WriteLine($"seen {took.TotalMilliseconds:0} ms after it was continued");
    }

    [ConsulFact]
    public async Task Agent_that_freezes_is_left_for_the_next_one()
    {
        await using var first = await ConsulAgent.StartDevAsync();
        await using var second = await ConsulAgent.StartDevAsync();
        await first.Api.RegisterOnNodeAsync("host", "10.0.0.1", "web", "web-1", 1);
        await second.Api.RegisterOnNodeAsync("host", "10.0.0.1", "web", "web-2", 2);
        await using var source = new WatchedSource([first.Uri, second.Uri]);
        var reader = source.Watch("web");
        await reader.SeesPortsAsync(5, 1);

        first.Freeze();
        var (_, took) = await reader.SeesPortsAsync(15, 2);

        output.WriteLine($"left after {took.TotalMilliseconds:0} ms");
    }

    [ConsulFact]
    public async Task Agent_that_refuses_is_left_for_the_next_one_at_once()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await agent.Api.RegisterOnNodeAsync("host", "10.0.0.1", "web", "web-1", 1);
        await using var source = new WatchedSource([new Uri($"http://{LoopbackAddress.Next()}:8500/"), agent.Uri]);
        var (_, took) = await source.Watch("web").SeesAsync(static u => u.Endpoints.Count == 1, 2);

        output.WriteLine($"left after {took.TotalMilliseconds:0} ms");
    }

    internal static void AssertListStayed(SourceReader reader)
    {
        var updates = reader.Updates.SkipWhile(static u => u.Endpoints.Count == 0).ToList();
        Assert.All(updates, static u => Assert.NotEmpty(u.Endpoints));
    }
}
