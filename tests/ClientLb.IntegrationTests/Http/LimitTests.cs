using System.Net;
using ClientLb.Calls;
using ClientLb.Http;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.Http;

public class LimitTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Two_thousand_calls_at_once_from_cold_are_all_answered_and_no_limit_refuses_any()
    {
        const int Calls = 2000;
        var backends = await BackendProcess.StartAsync(3);
        try
        {
            using var meters = new MeterReader("cold");
            await using var app = BalancedApp.To("cold", backends.Select(static b => b.Descriptor));

            // At once: what is measured is a cold burst, not the pace at which one thread starts calls.
            var calls = Enumerable.Range(0, Calls).Select(_ => app.Client.GetAsync("/delay/100")).ToArray();
            var failures = new List<string>();
            foreach (var call in calls)
            {
                try
                {
                    using var response = await call;
                    if (response.StatusCode != HttpStatusCode.OK)
                    {
                        failures.Add($"{(int)response.StatusCode}");
                    }
                }
                catch (HttpRequestException e)
                {
                    failures.Add(e.Message);
                }
            }

            output.WriteLine($"ejections {meters.Sum("clientlb.ejections")}, further attempts {meters.Sum("clientlb.retries")}, failures {failures.Count}");
            output.WriteLine(app.Log.ToString());
            Assert.True(failures.Count == 0, $"{failures.Count} calls failed: {string.Join('\n', failures.Take(3))}\nLog:\n{app.Log}");
            Assert.Equal(0, meters.Sum("clientlb.refusals"));
            Assert.Equal(Calls, meters.Sum("clientlb.calls", ("clientlb.reason", "success")));
            await app.NothingInFlightAsync();
        }
        finally
        {
            foreach (var backend in backends)
            {
                await backend.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Endpoint_limit_over_sockets_refuses_what_is_too_much_and_bodies_take_no_place()
    {
        await using var backends = await BackendGroup.StartAsync(2);
        using var meters = new MeterReader("narrow");
        await using var app = BalancedApp.To("narrow", backends.Select(BalancedApp.Descriptor), clusterOptions: static o => o.Limits.EndpointInFlight = 1);
        var bodies = new List<HttpResponseMessage>();
        for (var i = 0; i < 6; i++)
        {
            bodies.Add(await app.Client.GetAsync("/chunks/1000/20", HttpCompletionOption.ResponseHeadersRead));
        }

        Assert.Equal(6, app.InFlight);
        var slow = new[] { app.Client.GetAsync("/delay/1000"), app.Client.GetAsync("/delay/1000") };
        await Eventually.IsTrueAsync(() => Task.FromResult(app.InFlight == 8), TimeSpan.FromSeconds(10), "both are in flight");
        var error = await Assert.ThrowsAsync<CallFailedException>(() => app.Client.GetAsync("/"));
        Assert.Equal(CallFailureReason.AllAtLimit, error.Reason);
        Assert.Equal((1, 1), (meters.Sum("clientlb.refusals", ("clientlb.reason", "endpoints")), meters.Sum("clientlb.calls", ("clientlb.reason", "all_at_limit"))));

        Assert.All(await Task.WhenAll(slow), static response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync("/")).StatusCode);
        bodies.ForEach(static body => body.Dispose());
        await app.NothingInFlightAsync();
    }

    [Fact]
    public async Task Queue_over_sockets_serves_more_calls_than_there_are_places()
    {
        await using var backends = await BackendGroup.StartAsync(3);
        using var meters = new MeterReader("queued");
        await using var app = BalancedApp.To("queued", backends.Select(BalancedApp.Descriptor), clusterOptions: static o =>
        {
            o.Limits.EndpointInFlight = 2;
            o.Limits.InFlight = 5;
            o.Limits.QueueLength = 1000;
            o.Limits.QueueTimeout = TimeSpan.FromMinutes(1);
        }, options: static o => o.Timeouts.Call = TimeSpan.FromMinutes(2));

        // From then on the list is there, and calls come to the gate at once.
        await app.Client.GetStringAsync("/");
        var calls = Enumerable.Range(0, 400).Select(_ => app.Client.GetStringAsync("/delay/5")).ToArray();
        Assert.True(meters.Look("clientlb.queue.length") > 0);
        var answers = await Task.WhenAll(calls);

        Assert.Equal(0, meters.Look("clientlb.queue.length"));
        Assert.Equal(3, answers.Distinct().Count());
        await app.NothingInFlightAsync();
        Assert.Equal((0, 0), (app.Cluster.Gate.InFlight, app.Cluster.Gate.Waiting));
    }

    [Fact]
    public async Task Connections_per_endpoint_are_bounded_and_further_attempts_wait_for_one()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("few", backends.Select(BalancedApp.Descriptor), static o => o.MaxConnectionsPerEndpoint = 2);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => app.Client.GetStringAsync("/delay/20")));

        Assert.Equal(20, answers.Length);
        var connections = app.Services.GetRequiredService<LoadBalancedClients>().Get("few").Connections;
        Assert.InRange(connections.ConnectionsOf(app.Cluster.Snapshot.Endpoints[0], "few").Opened, 1, 2);
    }

    [Theory]
    [InlineData(0, 3, 100)]
    [InlineData(2, 1, 2)]
    public async Task Connections_over_Http2_are_bounded_too_and_calls_wait_for_a_stream(int most, int leastOpened, int mostOpened)
    {
        // Kestrel allows 100 streams on a connection: at once these would want four.
        await using var backends = await BackendGroup.StartAsync(1, HttpProtocols.Http2);
        await using var app = BalancedApp.To("streams", backends.Select(BalancedApp.Descriptor), o =>
        {
            o.MaxConnectionsPerEndpoint = most;
            o.Timeouts.Connect = TimeSpan.FromSeconds(10);
        });

        var answers = await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => StatusAsync(app, "/delay/200")));

        Assert.All(answers, static status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.InRange(backends[0].Connections, leastOpened, mostOpened);
    }

    [Fact]
    public async Task Attempt_that_finds_no_stream_within_the_bound_goes_elsewhere_and_counts_against_nobody()
    {
        await using var backends = await BackendGroup.StartAsync(2, HttpProtocols.Http2);
        using var meters = new MeterReader("full");
        await using var app = BalancedApp.To("full", backends.Select(BalancedApp.Descriptor), static o =>
        {
            o.MaxConnectionsPerEndpoint = 1;
            o.Timeouts.Connect = TimeSpan.FromMilliseconds(300);
        }, clusterOptions: static o => o.Policy = "round_robin");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(app, "/"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(app, "/"));

        // In turn: one of the two holds a hundred streams, and the other none for long.
        var held = Enumerable.Range(0, 200).Select(i => StatusAsync(app, i % 2 == 0 ? "/delay/1500" : "/")).ToArray();
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(app, "/"));
        }

        Assert.All(await Task.WhenAll(held), static status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.All(backends, static backend => Assert.Equal(1, backend.Connections));
        Assert.True(meters.Sum("clientlb.retries", ("clientlb.reason", "connection_limit")) > 0);
        Assert.Equal(0, meters.Sum("clientlb.ejections", ("clientlb.reason", "connection_limit")));
    }

    [Fact]
    public async Task Call_that_finds_no_stream_anywhere_says_what_bounds_it()
    {
        await using var backends = await BackendGroup.StartAsync(1, HttpProtocols.Http2);
        await using var app = BalancedApp.To("one", backends.Select(BalancedApp.Descriptor), static o =>
        {
            o.MaxConnectionsPerEndpoint = 1;
            o.Timeouts.Connect = TimeSpan.FromMilliseconds(100);
        });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(app, "/"));
        var held = Enumerable.Range(0, 100).Select(_ => StatusAsync(app, "/delay/1000")).ToArray();

        var error = await Assert.ThrowsAsync<CallFailedException>(() => StatusAsync(app, "/"));

        Assert.Contains("MaxConnectionsPerEndpoint (1) of the client 'one'", error.Message, StringComparison.Ordinal);
        await Task.WhenAll(held);
    }

    private static async Task<HttpStatusCode> StatusAsync(BalancedApp app, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await app.Client.SendAsync(request);
        return response.StatusCode;
    }
}
