using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using ClientLb.Calls;
using ClientLb.Discovery;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.EndToEnd;

/// <summary>An application that starts while Consul is down.</summary>
public class WarmStartTests(ITestOutputHelper output)
{
    private const string Cluster = "orders-warm";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(15);

    [ConsulFact]
    public async Task Start_without_Consul_serves_from_the_list_on_disk_until_Consul_has_another()
    {
        using var directory = new TemporaryDirectory();
        using var meter = new MeterReader(Cluster);
        await using var agent = await ConsulAgent.StartDevAsync();
        await using var backends = await BackendGroup.StartAsync(3);
        await ConsulStack.RegisterAsync(agent.Api, backends[0]);
        await ConsulStack.RegisterAsync(agent.Api, backends[1], weight: 3);
        await using (var before = Start(agent, directory.Path))
        {
            await before.Client.GetStringAsync("/");
            await Eventually.IsTrueAsync(() => Task.FromResult(before.Cluster.Snapshot.Members.Count == 2), s_limit, "both instances are known");
        }

        var file = new FileInfo(Assert.Single(Directory.GetFiles(directory.Path)));
        await AgeAsync(file.FullName, TimeSpan.FromHours(3));
        await agent.KillAsync();

        await using var app = Start(agent, directory.Path);
        var clock = Stopwatch.StartNew();

        // It would fail without a list within 5 s (FirstResolution).
        await app.Client.GetStringAsync("/");
        output.WriteLine($"first call without Consul: {clock.ElapsedMilliseconds} ms\n{app.Log}");
        Assert.Equal(
            backends.Take(2).Select(static b => b.Authority).Order(), app.Cluster.Snapshot.Endpoints.Select(static e => e.Authority).Order());
        Assert.Contains(app.Cluster.Snapshot.Members, static member => member.Weight == 3);
        Assert.Equal(UpdateFreshness.Stale, app.Cluster.Discovery.Freshness);
        Assert.Contains("from disk", app.Cluster.Discovery.Note, StringComparison.Ordinal);
        Assert.Contains(app.Log.Lines, line => line.Contains(" 2010 Cluster orders-warm: ", StringComparison.Ordinal) && line.Contains("2 endpoints, 03:00:0", StringComparison.Ordinal));
        Assert.InRange(app.Cluster.DiscoveryAge!.Value, TimeSpan.FromHours(3), TimeSpan.FromHours(3.1));
        Assert.InRange(meter.Look("clientlb.discovery.age"), 3 * 3600, 3.1 * 3600);

        // It comes back empty, as a -dev agent does, and is given another list.
        await agent.RestartAsync();
        await ConsulStack.RegisterAsync(agent.Api, backends[2]);
        await Eventually.IsTrueAsync(
            () => Task.FromResult(app.Cluster.Snapshot.Endpoints.Any(e => e.Authority == backends[2].Authority)), s_limit, "Consul's list counts");
        Assert.Equal((UpdateFreshness.Fresh, null), (app.Cluster.Discovery.Freshness, app.Cluster.Discovery.Note));
        await app.Client.GetStringAsync("/");
        await app.DisposeAsync();

        Assert.Contains(backends[2].Authority, await File.ReadAllTextAsync(file.FullName), StringComparison.Ordinal);
        Assert.DoesNotContain(agent.Address + ":8500", await File.ReadAllTextAsync(file.FullName), StringComparison.Ordinal);
    }

    [ConsulFact]
    public async Task Start_without_Consul_and_without_a_list_fails_the_call_with_what_is_wrong()
    {
        using var directory = new TemporaryDirectory();
        await using var agent = await ConsulAgent.StartDevAsync();
        await agent.KillAsync();
        await using var app = Start(agent, directory.Path);

        var error = await Assert.ThrowsAsync<CallFailedException>(() => app.Client.GetStringAsync("/"));

        output.WriteLine(error.Message);
        Assert.Equal(CallFailureReason.NotResolved, error.Reason);
        Assert.Contains("no list of endpoints yet", error.Message, StringComparison.Ordinal);
        Assert.Contains(agent.Address, error.Message, StringComparison.Ordinal);
        Assert.Contains(app.Log.Lines, static line => line.Contains(" 2014 ", StringComparison.Ordinal));
    }

    /// <summary>Makes the list in a file older, as if the application had been down as long.</summary>
    private static async Task AgeAsync(string file, TimeSpan by)
    {
        var bytes = await File.ReadAllBytesAsync(file);
        var list = JsonNode.Parse(bytes.AsSpan(Array.IndexOf(bytes, (byte)'\n') + 1))!;
        list["confirmedAt"] = list["confirmedAt"]!.GetValue<DateTimeOffset>() - by;
        var body = Encoding.UTF8.GetBytes(list.ToJsonString());
        await File.WriteAllBytesAsync(file, [.. StoredListFormat.Header(body), .. body]);
    }

    private static BalancedApp Start(ConsulAgent agent, string directory) => BalancedApp.Of(Cluster, services =>
        services.AddClientLb().AddConsul(o => o.Addresses.Add(agent.Uri.AbsoluteUri)).AddWarmStart(o => o.Directory = directory).AddCluster(Cluster, o => o.Service = "orders"));
}
