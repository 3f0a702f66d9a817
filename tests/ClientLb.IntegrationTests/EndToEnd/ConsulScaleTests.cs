using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using ClientLb.IntegrationTests.Infrastructure;
using ClientLb.TestBackend;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.EndToEnd;

public class ConsulScaleTests(ITestOutputHelper output)
{
    private const int Instances = 5000;
    private static readonly TimeSpan s_flapping = TimeSpan.FromSeconds(6);

    /// <summary>Each change of one instance is an answer of megabytes: it must set neither the pace of the client nor disturb its calls.</summary>
    [ConsulFact]
    public async Task One_flapping_instance_of_five_thousand_disturbs_nobody()
    {
        await using var agent = await ConsulAgent.StartServerAsync();
        await using var backend = await BackendServer.StartAsync(IPAddress.Any, HttpProtocols.Http1, null);
        await RegisterAsync(agent.Api, backend.Port);
        await using var app = BalancedApp.Of("many", services => services.AddClientLb().AddConsul(o => o.Addresses.Add(agent.Uri.AbsoluteUri)));
        await app.Cluster.ResolvedAsync(default);
        Assert.Equal(Instances, app.Cluster.Snapshot.Endpoints.Count);
        var load = SteadyLoad.Start(app.Client, "/delay/1", 100);
        await load.MoreAsync(200);

        using var updates = new MeterReader("many");
        var (asked, published) = (updates.Sum("clientlb.discovery.updates"), app.Cluster.Snapshot.Version);
        var clock = Stopwatch.StartNew();
        var flaps = 0;
        while (clock.Elapsed < s_flapping)
        {
            await SetAsync(agent.Api, 1, backend.Port, weight: 10 + ++flaps);
            await Task.Delay(50);
        }

        var seconds = clock.Elapsed.TotalSeconds;
        var decoded = updates.Sum("clientlb.discovery.updates") - asked;
        var snapshots = app.Cluster.Snapshot.Version - published;
        await SetAsync(agent.Api, 1, backend.Port, weight: 7);
        var took = await Eventually.IsTrueAsync(
            () => Task.FromResult(app.Cluster.Snapshot.Members.Any(static m => m.Weight == 7)), TimeSpan.FromSeconds(10), "the last weight is known");
        var calls = await load.StopWithoutFailureAsync(app.Log);

        output.WriteLine($"{flaps / seconds:0.0} flaps/s, {decoded / seconds:0.0} updates/s, {snapshots / seconds:0.0} snapshots/s, "
            + $"the last one seen after {took.TotalMilliseconds:0} ms; {calls} calls, none failed");
        Assert.InRange(decoded, 1, (10 * seconds) + 1);

        // Two a second, and what the first moments after a quiet time may take.
        Assert.InRange(snapshots, 1, (2 * seconds) + 3);
    }

    private static async Task RegisterAsync(ConsulApi api, int port)
    {
        await SetAsync(api, 0, port, 1);
        foreach (var chunk in Enumerable.Range(1, Instances - 1).Chunk(64))
        {
            await api.PutAsync("v1/txn", new JsonArray([.. chunk.Select(i => (JsonNode)new JsonObject
            {
                ["Service"] = new JsonObject { ["Verb"] = "set", ["Node"] = "host", ["Service"] = Instance(i, port, 1) },
            })]));
        }
    }

    private static Task<JsonNode?> SetAsync(ConsulApi api, int number, int port, int weight) => api.PutAsync("v1/catalog/register", new JsonObject
    {
        ["Node"] = "host",
        ["Address"] = "127.0.0.1",
        ["Service"] = Instance(number, port, weight),
    });

    // One server that listens on every address is five thousand instances.
    private static JsonObject Instance(int number, int port, int weight) => new()
    {
        ["ID"] = "many-" + number,
        ["Service"] = "many",
        ["Address"] = $"127.99.{number / 250}.{1 + (number % 250)}",
        ["Port"] = port,
        ["Weights"] = new JsonObject { ["Passing"] = weight, ["Warning"] = 1 },
    };
}
