using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Http;

/// <summary>The balancer above a primary handler that is not its own.</summary>
public class RewritingTests
{
    [Fact]
    public async Task Request_looks_logical_to_the_server_and_to_the_caller()
    {
        await using var backends = await BackendGroup.StartAsync(2);
        await using var app = BalancedApp.Through("rewriting", backends.Select(BalancedApp.Descriptor));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/path?query=1");
        using var response = await app.Client.SendAsync(request);

        Assert.Equal("http://rewriting/path?query=1", response.RequestMessage!.RequestUri!.AbsoluteUri);
        Assert.Null(request.Headers.Host);
        Assert.Equal("rewriting", Assert.Single(backends.Requests).Host);
        await app.NothingInFlightAsync();
    }

    [Fact]
    public async Task Call_passes_over_endpoints_that_refuse_or_fail()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.Through("rewriting-on", [new(LoopbackAddress.Next(), 9), BalancedApp.Descriptor(backends[0])]);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(backends[0].Authority, await app.Client.GetStringAsync("/"));
        }

        Assert.NotEqual(HealthState.Healthy, app.Cluster.Snapshot.Endpoints[0].Health.Status.State);
    }

    [Fact]
    public async Task Host_that_is_no_cluster_goes_to_the_handler_untouched()
    {
        await using var foreign = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.Through("rewriting-through", [new EndpointDescriptor(LoopbackAddress.Next(), 9)]);

        Assert.Equal(foreign[0].Authority, await app.Client.GetStringAsync($"http://{foreign[0].Authority}/"));
        Assert.Equal(foreign[0].Authority, Assert.Single(foreign.Requests).Host);
    }
}
