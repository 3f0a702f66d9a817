using System.Net;
using ClientLb.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Tests.DependencyInjection;

/// <summary>What counts as a failure decides about the endpoint and about the retry.</summary>
public class OutcomeOptionsTests
{
    private static readonly (string, string?)[] Endpoints = [("ClientLb:Clusters:orders:Endpoints", "10.0.0.1:80, 10.0.0.2:80"), ("ClientLb:Clusters:orders:Policy", "round_robin")];

    [Theory]
    [InlineData(404, null, 1)]
    [InlineData(404, "404, 500-599", 2)]
    [InlineData(500, null, 2)]
    [InlineData(500, "404", 1)]
    public async Task Status_in_the_list_is_tried_again_and_held_against_the_endpoint(int status, string? list, int attempts)
    {
        await using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"), [.. Endpoints, .. List(list)]);
        Answer(app, first: new HttpResponseMessage((HttpStatusCode)status));

        using var response = await app.Client("orders").GetAsync("/");

        Assert.Equal(attempts == 2 ? HttpStatusCode.OK : (HttpStatusCode)status, response.StatusCode);
        Assert.Equal(attempts, app.Sent.All.Count);
        Assert.Equal(attempts - 1, Failures(app));
    }

    [Fact]
    public async Task Predicate_makes_a_good_status_a_failure_that_is_tried_again()
    {
        await using var app = new App(static services => services.AddLoadBalancedHttpClient("orders",
            static o => o.Outcomes.IsFailure = static response => response.Headers.Contains("x-broken") ? true : null), Endpoints);
        var broken = new HttpResponseMessage(HttpStatusCode.OK);
        broken.Headers.Add("x-broken", "1");
        Answer(app, broken);

        using var response = await app.Client("orders").GetAsync("/");

        Assert.Equal((HttpStatusCode.OK, false), (response.StatusCode, response.Headers.Contains("x-broken")));
        Assert.Equal((2, 1), (app.Sent.All.Count, Failures(app)));
    }

    [Fact]
    public async Task Predicate_that_throws_breaks_no_call()
    {
        await using var app = new App(static services => services.AddLoadBalancedHttpClient("orders",
            static o => o.Outcomes.IsFailure = static _ => throw new InvalidOperationException()), Endpoints);
        var client = app.Client("orders");

        for (var i = 0; i < 3; i++)
        {
            using var response = await client.GetAsync("/");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal((1, 0), (app.Log.Count(304), Failures(app)));
    }

    [Fact]
    public async Task List_of_the_configuration_is_reloaded()
    {
        await using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"), [.. Endpoints, .. List("404")]);
        app.Services.GetRequiredService<LoadBalancedClients>().HandlerFactory =
            endpoint => new StubHandler(app.Sent, endpoint, static _ => new HttpResponseMessage(HttpStatusCode.NotFound));
        var client = app.Client("orders");
        (await client.GetAsync("/")).Dispose();
        var before = app.Sent.All.Count;

        app.Settings.Reload([.. Endpoints, .. List("500")]);
        (await client.GetAsync("/")).Dispose();

        Assert.Equal((3, 1), (before, app.Sent.All.Count - before));
    }

    private static (string, string?)[] List(string? list) => list is null ? [] : [("ClientLb:Clients:orders:Outcomes:FailureStatuses", list)];

    private static void Answer(App app, HttpResponseMessage first)
    {
        var answered = 0;
        app.Services.GetRequiredService<LoadBalancedClients>().HandlerFactory = endpoint => new StubHandler(app.Sent, endpoint,
            _ => Interlocked.Increment(ref answered) == 1 ? first : new HttpResponseMessage(HttpStatusCode.OK));
    }

    private static int Failures(App app)
    {
        var cluster = app.Clusters.Get("orders");
        return cluster.Snapshot.Endpoints.Sum(endpoint => endpoint.Health.Window.Read(cluster.Clock.Now).Failures);
    }
}
