using System.Net;
using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Infrastructure;
using ClientLb.TestBackend;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.EndToEnd;

public class DrainingTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>An operator takes an instance out for a while, in each of the ways that Consul has, while calls and streams are under way.</summary>
    [ConsulFact]
    public async Task Instance_that_consul_drains_finishes_calls_and_streams_loses_its_connections_and_comes_back()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await using var stack = await ConsulStack.StartAsync(output, agent.Uri, b => ConsulStack.RegisterAsync(agent.Api, b), backends: 2, policy: "round_robin");
        var backend = stack.Backends[0];

        await DrainAsync(stack, on => agent.Api.SetServiceMaintenanceAsync(backend.Authority, on), "service maintenance");
        await DrainAsync(stack, on => agent.Api.RegisterAsync("orders", backend.Authority, backend.Host, backend.Port, tags: on ? ["blue", "drain"] : ["blue"]), "a tag");
        await DrainAsync(
            stack,
            on => agent.Api.RegisterAsync("orders", backend.Authority, backend.Host, backend.Port, meta: on ? new() { ["drain"] = "true" } : null),
            "metadata");
        await stack.EndAsync();
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Time_to_drain_is_over_the_rest_is_cut_off_where_that_is_asked(HttpProtocols protocol)
    {
        await using var backends = await BackendGroup.StartAsync(2, protocol);
        await using var app = BalancedApp.To("cutoff", backends.Select(BalancedApp.Descriptor), clusterOptions: o =>
        {
            o.Drain = TimeSpan.FromSeconds(1);
            o.CancelOnDrainTimeout = true;

            // What hangs here hangs on purpose.
            o.OutlierDetection.StallTime = TimeSpan.FromMinutes(1);
        });
        var (drained, other) = (backends[0], backends[1]);
        (await SendAsync(app, protocol, HttpMethod.Get, "/")).Dispose();
        app.Cluster.Isolate(other.Authority, "all calls to the first one");
        await UntilAsync(() => app.Cluster.Snapshot.Eligible.Count == 1, "one is isolated");
        using var stream = await SendAsync(app, protocol, HttpMethod.Get, "/chunks/100000/20");
        using var body = new StreamReader(await stream.Content.ReadAsStreamAsync());
        Assert.Equal("chunk 0", await body.ReadLineAsync());
        var post = SendAsync(app, protocol, HttpMethod.Post, "/delay/60000");
        var get = SendAsync(app, protocol, HttpMethod.Get, "/delay/4000");
        await UntilAsync(() => drained.Requests.Count(static r => r.Path.StartsWith("/delay", StringComparison.Ordinal)) == 2, "both calls are there");
        app.Cluster.Restore(other.Authority, "calls may go there again");
        await UntilAsync(() => app.Cluster.Snapshot.Eligible.Count == 2, "it is restored");
        var end = new TaskCompletionSource<DrainEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        app.Cluster.DrainEnded += (_, e) => end.TrySetResult(e);

        app.Cluster.Drain(drained.Authority, "a new disk");

        using (var answer = await get.WaitAsync(s_patience))
        {
            Assert.Equal(other.Authority, await answer.Content.ReadAsStringAsync());
        }

        var failure = await Assert.ThrowsAsync<CallFailedException>(() => post.WaitAsync(s_patience));
        Assert.Equal((CallFailureReason.NotRepeatable, Evidence.Drained), (failure.Reason, Assert.Single(failure.Attempts).Evidence));
        var broken = await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (await body.ReadLineAsync().WaitAsync(s_patience) is not null)
            {
            }
        });
        Assert.Contains($"cut off: endpoint {drained.Authority}", broken.Message, StringComparison.Ordinal);
        var told = await end.Task.WaitAsync(s_patience);
        Assert.Equal((DrainResult.CutOff, 0, 3), (told.Result, told.Drained, told.CutOff));
        await UntilAsync(() => drained.OpenConnections == 0, "its connections are closed");
        Assert.Equal((HealthState.Healthy, 0), (told.Endpoint.Health.Status.State, told.Endpoint.Health.ConsecutiveFailures));

        app.Cluster.Restore(drained.Authority, "the disk is there");
        await UntilAsync(
            async () =>
            {
                using var answer = await SendAsync(app, protocol, HttpMethod.Get, "/");
                return await answer.Content.ReadAsStringAsync() == drained.Authority;
            },
            "it answers again");
        await app.NothingInFlightAsync();
    }

    private static async Task DrainAsync(ConsulStack stack, Func<bool, Task> set, string how)
    {
        var backend = stack.Backends[0];
        await stack.Load.AnswersFromAsync(backend.Authority);
        var logged = Drains(stack, backend).Length;
        var streams = new List<Task<int>>();
        var seen = Streams(backend);
        while (Streams(backend) == seen)
        {
            streams.Add(ReadAsync(stack));
            await Task.Delay(20);
        }

        await set(true);
        await stack.UntilAsync(() => !stack.IsEligible(0), $"out of use by {how}");
        Assert.True(stack.EndpointOf(0)!.Load.InFlight > 0);
        await stack.UntilAsync(() => stack.EndpointOf(0)!.Load.InFlight == 0, "nothing is in flight");
        await stack.UntilAsync(() => backend.OpenConnections == 0, "its connections are closed");
        var requests = backend.Count;
        await stack.Load.MoreAsync(50);

        Assert.All(await Task.WhenAll(streams).WaitAsync(s_patience), static lines => Assert.Equal(80, lines));
        Assert.Equal(requests, backend.Count);
        Assert.NotNull(stack.EndpointOf(0));
        await stack.UntilAsync(() => Drains(stack, backend).Length == logged + 1, "the end of the drain is said");
        Assert.Contains(", 0 were cut off", Drains(stack, backend)[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(": 0 ended by themselves", Drains(stack, backend)[^1], StringComparison.Ordinal);

        await set(false);
        await stack.SeesAsync(0, $"the end of {how}");
    }

    private static int Streams(BackendServer backend) => backend.Requests.Count(static r => r.Path.StartsWith("/chunks", StringComparison.Ordinal));

    private static string[] Drains(ConsulStack stack, BackendServer backend) => [.. stack.App.Log.Lines.Where(line =>
        line.Contains(" Information 230 ", StringComparison.Ordinal) && line.Contains(backend.Authority, StringComparison.Ordinal))];

    private static async Task<int> ReadAsync(ConsulStack stack)
    {
        using var response = await stack.App.Client.GetAsync("/chunks/80/40", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var lines = 0;
        while (await reader.ReadLineAsync() is not null)
        {
            lines++;
        }

        return lines;
    }

    private static Task<HttpResponseMessage> SendAsync(BalancedApp app, HttpProtocols protocol, HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path)
        {
            Version = protocol == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        return app.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static Task<TimeSpan> UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);

    private static Task<TimeSpan> UntilAsync(Func<Task<bool>> condition, string what) => Eventually.IsTrueAsync(condition, s_patience, what);
}
