using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Consul;

/// <summary>One agent, shared: each test has services of its own.</summary>
public class ConsulSourceTests(ConsulSourceTests.SharedAgent shared) : IClassFixture<ConsulSourceTests.SharedAgent>
{
    private ConsulApi Api => shared.Agent!.Api;

    [ConsulFact]
    public async Task Instance_that_comes_changes_or_goes_is_seen_at_once()
    {
        await Api.RegisterAsync("web", "web-1", "10.0.0.1", 1);
        await using var source = new WatchedSource(Api.Uri);
        var reader = source.Watch("web");
        await reader.SeesPortsAsync(5, 1);

        await Api.RegisterAsync("web", "web-2", "10.0.0.1", 2, passing: 7, tags: ["blue"], meta: new() { ["version"] = "2" });
        await reader.SeesPortsAsync(5, 1, 2);
        var added = reader.Endpoints.Single(static e => e.Port == 2);
        await Api.RegisterAsync("web", "web-1", "10.0.0.1", 1, passing: 30);
        await reader.SeesAsync(static u => u.Endpoints.Any(static e => e.Port == 1 && e.Weight == 30));
        await Api.DeregisterAsync("web-2");
        await reader.SeesPortsAsync(5, 1);

        Assert.Equal($"dc1/{shared.Agent!.Node}/web-2", added.Id);
        Assert.Equal(7, added.Weight);
        Assert.Equal("blue", added.Metadata["consul.tags"]);
        Assert.Equal("2", added.Metadata["version"]);
        Assert.Equal(new Locality("dc1", ""), added.Locality);
        Assert.DoesNotContain(reader.Updates, static u => u.Error is not null);
    }

    [ConsulFact]
    public async Task Namespace_is_refused_by_an_agent_without_any_and_the_key_is_named()
    {
        await using var source = new WatchedSource(Api.Uri, static o => o.Namespace = "team");
        var (update, _) = await source.Watch("web").SeesAsync(static u => u.Error is not null);

        Assert.Equal(DiscoveryErrorKind.Invalid, Assert.IsType<DiscoveryException>(update.Error).Kind);
        Assert.Contains("ClientLb:Consul:Namespace", update.Error!.Message, StringComparison.Ordinal);
    }

    [ConsulFact]
    public async Task Prepared_query_is_polled_and_its_end_keeps_the_list()
    {
        await Api.RegisterAsync("prepared", "prepared-1", "10.0.0.1", 1);
        var id = await Api.CreateQueryAsync("nearest-prepared", "prepared");
        await using var source = new WatchedSource(Api.Uri, configuration: new Dictionary<string, string?>
        {
            ["ClientLb:Clusters:by-name:Consul:PreparedQuery"] = "nearest-prepared",
            ["ClientLb:Clusters:by-name:Consul:PollInterval"] = "1s",
            ["ClientLb:Clusters:by-name:Consul:Near"] = "_agent",
            ["ClientLb:Clusters:by-id:Consul:PreparedQuery"] = id,
            ["ClientLb:Clusters:by-id:Consul:PollInterval"] = "1s",
        });
        var named = source.Watch("by-name");
        await named.SeesPortsAsync(10, 1);
        await source.Watch("by-id").SeesPortsAsync(10, 1);
        await Api.RegisterAsync("prepared", "prepared-2", "10.0.0.1", 2);
        await named.SeesPortsAsync(10, 1, 2);
        await Api.DeleteQueryAsync(id);
        var (update, _) = await named.SeesAsync(static u => u.Error is not null, 10);

        Assert.Equal(2, update.Endpoints.Count);
        Assert.Contains("PreparedQuery", update.Error!.Message, StringComparison.Ordinal);
    }

    [ConsulFact]
    public async Task Check_sets_status_and_weight()
    {
        await Api.RegisterAsync("checked", "checked-1", "10.0.0.1", 1, passing: 10, warning: 3, checkStatus: "passing");
        await using var source = new WatchedSource(Api.Uri);
        var reader = source.Watch("checked");
        await reader.SeesAsync(static u => u.Endpoints is [{ Status: RegistryStatus.Passing, Weight: 10 }]);

        await Api.SetCheckAsync("checked-1", "warn");
        await reader.SeesAsync(static u => u.Endpoints is [{ Status: RegistryStatus.Warning, Weight: 3 }]);
        await Api.SetCheckAsync("checked-1", "fail");
        await reader.SeesAsync(static u => u.Endpoints is [{ Status: RegistryStatus.Critical }]);
        await Api.SetServiceMaintenanceAsync("checked-1", on: true);
        await reader.SeesAsync(static u => u.Endpoints is [{ Status: RegistryStatus.Maintenance, IsDraining: true }]);
        await Api.SetServiceMaintenanceAsync("checked-1", on: false);
        await Api.SetCheckAsync("checked-1", "pass");
        await reader.SeesAsync(static u => u.Endpoints is [{ Status: RegistryStatus.Passing, Weight: 10 }], from: reader.Updates.Count);
    }

    [ConsulFact]
    public async Task Node_in_maintenance_drains_its_instances_only()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await agent.Api.RegisterAsync("web", "web-1", "10.0.0.1", 1);
        await agent.Api.RegisterOnNodeAsync("elsewhere", "10.0.0.2", "web", "web-2", 2);
        await using var source = new WatchedSource(agent.Uri);
        var reader = source.Watch("web");
        await reader.SeesPortsAsync(5, 1, 2);

        await agent.Api.SetNodeMaintenanceAsync(on: true);
        await reader.SeesAsync(static u => u.Endpoints.Single(static e => e.Port == 1).Status == RegistryStatus.Maintenance);
        var other = reader.Endpoints.Single(static e => e.Port == 2).Status;
        await agent.Api.SetNodeMaintenanceAsync(on: false);
        await reader.SeesAsync(static u => u.Endpoints.All(static e => e.Status == RegistryStatus.Passing), from: reader.Updates.Count);

        Assert.Equal(RegistryStatus.Passing, other);
    }

    [ConsulFact]
    public async Task Same_service_id_on_three_nodes_is_three_endpoints()
    {
        foreach (var number in Enumerable.Range(1, 3))
        {
            await Api.RegisterOnNodeAsync($"host-{number}", $"10.0.1.{number}", "twins", "twins", 80);
        }

        await using var source = new WatchedSource(Api.Uri);
        var reader = source.Watch("Twins");
        await reader.SeesAsync(static u => u.Endpoints.Count == 3);

        Assert.Equal(["dc1/host-1/twins", "dc1/host-2/twins", "dc1/host-3/twins"], reader.Endpoints.Select(static e => e.Id));
        Assert.Equal(["10.0.1.1", "10.0.1.2", "10.0.1.3"], reader.Endpoints.Select(static e => e.Host));
    }

    [ConsulFact]
    public async Task Odd_names_are_watched_and_odd_addresses_left_out()
    {
        const string Name = "odd näme/v1.2 & more?";
        await Api.RegisterAsync(Name, "o-1", "::1", 1);
        await Api.RegisterAsync(Name, "o-2", "not a host!", 2);
        await Api.RegisterAsync(Name, "o-3", "10.0.0.1", 0);
        await Api.RegisterAsync(Name, "o-4", "10.0.0.1", 99999);
        await using var source = new WatchedSource(Api.Uri);
        var reader = source.Watch(Name);
        await reader.SeesPortsAsync(5, 1);

        Assert.Equal("::1", reader.Endpoints[0].Host);
    }

    [ConsulFact]
    public async Task Answer_that_says_nothing_new_is_not_published()
    {
        await Api.RegisterAsync("coloured", "c-1", "10.0.0.1", 1, tags: ["blue"]);
        await Api.RegisterAsync("coloured", "c-2", "10.0.0.1", 2, tags: ["green"]);
        await using var source = new WatchedSource(Api.Uri, configuration: new Dictionary<string, string?>
        {
            ["ClientLb:Clusters:blues:Consul:Service"] = "coloured",
            ["ClientLb:Clusters:blues:Consul:Tags"] = "BLUE",
        });
        var reader = source.Watch("blues");
        await reader.SeesPortsAsync(5, 1);

        // The index belongs to the service and not to the query: each change of the other one wakes this watch.
        await Api.RegisterAsync("coloured", "c-2", "10.0.0.1", 3, tags: ["green"]);
        await reader.SeesAsync(static u => u.Freshness == UpdateFreshness.Unchanged);

        Assert.Single(reader.Updates, static u => u.Freshness == UpdateFreshness.Fresh);
        Assert.All(reader.Updates, u => Assert.Same(reader.Updates[0].Endpoints, u.Endpoints));
    }

    [ConsulFact]
    public async Task Two_clusters_that_ask_the_same_share_a_watch()
    {
        await Api.RegisterAsync("shared", "s-1", "10.0.0.1", 1);
        await using var source = new WatchedSource(
            Api.Uri, configuration: new Dictionary<string, string?> { ["ClientLb:Clusters:other:Consul:Service"] = "SHARED" });
        var first = source.Watch("shared");
        await first.SeesPortsAsync(5, 1);
        var second = source.Watch("other");
        await second.SeesPortsAsync(5, 1);
        await Api.RegisterAsync("shared", "s-2", "10.0.0.1", 2);
        await first.SeesPortsAsync(5, 1, 2);
        await second.SeesPortsAsync(5, 1, 2);

        // One to begin with, one that was held until the change, the one that is held now, and perhaps one because of a new connection.
        Assert.InRange(source.Requests, 2, 4);
    }

    [ConsulFact]
    public async Task Refresh_looks_beside_the_held_query()
    {
        await Api.RegisterAsync("looked", "l-1", "10.0.0.1", 1);
        await using var source = new WatchedSource(Api.Uri);
        var reader = source.Watch("looked");
        await reader.SeesPortsAsync(5, 1);
        await Eventually.IsTrueAsync(() => Task.FromResult(source.Requests >= 2), TimeSpan.FromSeconds(5), "the second query is held");
        var before = source.Requests;

        reader.Refresh();
        await reader.SeesAsync(static u => u.Freshness == UpdateFreshness.Unchanged);

        Assert.True(source.Requests > before);
    }

    [ConsulFact]
    public async Task Thousand_instances_are_listed_and_a_change_among_them_is_seen()
    {
        await Api.RegisterManyAsync("many-node", "many", 1000);
        await using var source = new WatchedSource(Api.Uri);
        var reader = source.Watch("many");
        await reader.SeesAsync(static u => u.Endpoints.Count == 1000);
        await Api.RegisterOnNodeAsync("many-node", "10.9.0.1", "many", "many-new", 9999);
        await reader.SeesAsync(static u => u.Endpoints.Count == 1001);

        Assert.Equal(1001, reader.Endpoints.Select(static e => e.Port).Distinct().Count());
    }

    [ConsulFact]
    public async Task Service_that_empties_gives_an_empty_list_with_a_hint()
    {
        await Api.RegisterAsync("brief", "b-1", "10.0.0.1", 1);
        await using var source = new WatchedSource(Api.Uri);
        var reader = source.Watch("brief");
        await reader.SeesPortsAsync(5, 1);
        await Api.DeregisterAsync("b-1");
        await reader.SeesPortsAsync(5);

        Assert.Contains("service:read", reader.Updates[^1].Note, StringComparison.Ordinal);
        await Api.RegisterAsync("brief", "b-1", "10.0.0.1", 2);
        await reader.SeesPortsAsync(5, 2);
    }

    public sealed class SharedAgent : IAsyncLifetime
    {
        internal ConsulAgent? Agent { get; private set; }

        public async Task InitializeAsync() => Agent = ConsulProgram.IsExpected ? await ConsulAgent.StartDevAsync() : null;

        public async Task DisposeAsync() => await (Agent?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}
