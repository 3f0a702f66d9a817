using System.Text.Json.Nodes;
using ClientLb.Discovery;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Consul;

/// <summary>What a real agent answers to odd questions, and what its answers leave out.</summary>
public class ConsulAnswerTests(ConsulSourceTests.SharedAgent shared) : IClassFixture<ConsulSourceTests.SharedAgent>
{
    private ConsulApi Api => shared.Agent!.Api;

    [ConsulFact]
    public async Task Filter_with_a_mistake_is_named_and_asked_again_with_pauses()
    {
        await Api.RegisterAsync("filtered", "f-1", "10.0.0.1", 1);
        await using var source = new WatchedSource(Api.Uri, configuration: new Dictionary<string, string?>
        {
            ["ClientLb:Clusters:filtered:Consul:Filter"] = "Service.Meta.version <> 1",
        });
        var (update, _) = await source.Watch("filtered").SeesAsync(static u => u.Error is not null);
        await Task.Delay(3000);

        var error = Assert.IsType<DiscoveryException>(update.Error);
        Assert.Equal(DiscoveryErrorKind.Invalid, error.Kind);
        Assert.Contains("Filter", error.Message, StringComparison.Ordinal);
        Assert.InRange(source.Requests, 2, 9);
    }

    [ConsulFact]
    public async Task Error_has_the_index_1_which_is_not_believed()
    {
        using var http = new HttpClient();
        using var refused = await http.GetAsync(new Uri(Api.Uri, "v1/health/service/web?filter=nonsense"));

        // The trap itself: who takes it for an index asks without pause from then on.
        Assert.Equal("1", Assert.Single(refused.Headers.GetValues("X-Consul-Index")));
        await using var source = new WatchedSource(Api.Uri, configuration: new Dictionary<string, string?>
        {
            ["ClientLb:Clusters:web:Consul:Datacenter"] = "nowhere",
        });
        await source.Watch("web").SeesAsync(static u => u.Error is DiscoveryException { Kind: DiscoveryErrorKind.Unavailable });
        await Task.Delay(3000);

        Assert.InRange(source.Requests, 2, 9);
    }

    [ConsulFact]
    public async Task Names_and_tags_are_one_in_any_case()
    {
        await Api.RegisterAsync("Cased", "c-1", "10.0.0.1", 1, tags: ["Blue"]);
        await Api.RegisterAsync("CASED", "c-2", "10.0.0.1", 2, tags: ["BLUE"]);
        await Api.RegisterAsync("cased", "c-3", "10.0.0.1", 3, tags: ["green"]);
        await using var source = new WatchedSource(Api.Uri, configuration: new Dictionary<string, string?>
        {
            ["ClientLb:Clusters:blues:Consul:Service"] = "cAsEd",
            ["ClientLb:Clusters:blues:Consul:Tags"] = "blue",
        });

        await source.Watch("cased").SeesPortsAsync(5, 1, 2, 3);
        await source.Watch("blues").SeesPortsAsync(5, 1, 2);
    }

    [ConsulFact]
    public async Task Maps_that_are_null_are_empty()
    {
        await Api.PutAsync("v1/catalog/register", new JsonObject
        {
            ["Node"] = "outside",
            ["Address"] = "10.0.0.7",
            ["NodeMeta"] = null,
            ["TaggedAddresses"] = null,
            ["Service"] = new JsonObject { ["Service"] = "bare", ["Tags"] = null, ["Meta"] = null, ["Port"] = 7 },
        });
        await using var source = new WatchedSource(Api.Uri);
        var reader = source.Watch("bare");
        await reader.SeesPortsAsync(5, 7);

        var endpoint = Assert.Single(reader.Endpoints);
        Assert.Equal("10.0.0.7", endpoint.Host);
        Assert.Empty(endpoint.Metadata);
        Assert.Equal(1, endpoint.Weight);
    }

    [ConsulFact]
    public async Task Service_that_nobody_knows_is_empty_and_not_asked_for_without_pause()
    {
        await using var source = new WatchedSource(Api.Uri);
        var reader = source.Watch("unknown-yet");
        await reader.SeesAsync(static u => u.Endpoints.Count == 0 && u.Note is not null);

        // Until it exists each change of any service anywhere wakes its watch.
        for (var i = 0; i < 30; i++)
        {
            await Api.RegisterAsync("noise", "n-1", "10.0.0.1", 100 + i);
            await Task.Delay(20);
        }

        await Api.RegisterAsync("unknown-yet", "u-1", "10.0.0.1", 1);
        await reader.SeesPortsAsync(5, 1);

        Assert.InRange(source.Requests, 2, 15);
        Assert.InRange(reader.Updates.Count(static u => u.Freshness == UpdateFreshness.Fresh), 2, 2);
    }
}
