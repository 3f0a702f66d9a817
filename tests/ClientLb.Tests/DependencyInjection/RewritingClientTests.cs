using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Tests.DependencyInjection;

/// <summary>Clients whose primary handler is not ours.</summary>
public class RewritingClientTests
{
    private static readonly (string, string?)[] OneEndpoint = [("ClientLb:Clusters:orders:Endpoints", "10.0.0.1:8080")];

    [Fact]
    public async Task AddLoadBalancing_authority_is_rewritten_host_is_kept_and_the_request_is_restored()
    {
        var sent = new SentRequests();
        await using var app = WithHandler(sent, static services => services.AddHttpClient("any").AddLoadBalancing());
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders/a/b?c=d");
        var uri = request.RequestUri;

        using var response = await app.Client("any").SendAsync(request);

        Assert.Equal([("http://10.0.0.1:8080/a/b?c=d", "orders", "")], sent.All);
        Assert.Same(uri, request.RequestUri);
        Assert.Null(request.Headers.Host);
        Assert.Equal(uri, response.RequestMessage!.RequestUri);
    }

    [Fact]
    public async Task AddLoadBalancing_host_that_the_caller_has_set_is_theirs()
    {
        var sent = new SentRequests();
        await using var app = WithHandler(sent, static services => services.AddHttpClient("any").AddLoadBalancing());
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders/") { Headers = { Host = "shop.example" } };

        using var response = await app.Client("any").SendAsync(request);

        Assert.Equal("shop.example", Assert.Single(sent.All).Host);
        Assert.Equal("shop.example", request.Headers.Host);
    }

    [Fact]
    public async Task AddLoadBalancing_the_handler_throws_the_request_is_restored()
    {
        await using var app = new App(static services => services.AddHttpClient("any").AddLoadBalancing(static o => o.Retry.MaxAttempts = 1)
            .ConfigurePrimaryHttpMessageHandler(static () => new StubHandler(new SentRequests(), null, static _ => throw new IOException("reset"))), OneEndpoint);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders/");

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => app.Client("any").SendAsync(request));

        Assert.Equal("http://orders/", request.RequestUri!.ToString());
        Assert.Null(request.Headers.Host);
        Assert.Equal(0, app.Clusters.Get("orders").Snapshot.Endpoints.Sum(endpoint => endpoint.Load.InFlight));
    }

    [Theory]
    [InlineData("https://orders:444/x", "https://10.0.0.1:8080/x", "orders:444")]
    [InlineData("http://orders:80/x#part", "http://10.0.0.1:8080/x", "orders")]
    [InlineData("http://ORDERS/X", "http://10.0.0.1:8080/X", "orders")]
    public async Task AddLoadBalancing_scheme_port_and_path_are_kept(string uri, string onTheWire, string host)
    {
        var sent = new SentRequests();
        await using var app = WithHandler(sent, static services => services.AddHttpClient("any").AddLoadBalancing());

        await app.Client("any").GetStringAsync(uri);

        Assert.Equal([(onTheWire, host, "")], sent.All);
    }

    [Fact]
    public async Task Replaced_primary_handler_is_balanced_all_the_same()
    {
        var sent = new SentRequests();
        await using var app = new App(services => services.AddLoadBalancedHttpClient("orders")
            .ConfigurePrimaryHttpMessageHandler(() => new StubHandler(sent)), OneEndpoint);

        Assert.Equal("10.0.0.1:8080", await app.Client("orders").GetStringAsync("/"));

        Assert.Equal([("http://10.0.0.1:8080/", "orders", "")], sent.All);
        Assert.Empty(app.Sent.All);
    }

    [Fact]
    public async Task Unknown_authority_passes_through_untouched()
    {
        var sent = new SentRequests();
        await using var app = WithHandler(sent, static services => services.AddHttpClient("any").AddLoadBalancing());

        await app.Client("any").GetStringAsync("http://www.example.com:81/x");

        Assert.Equal([("http://www.example.com:81/x", null, "")], sent.All);
        Assert.Equal(0, app.Log.Count(302));
    }

    [Fact]
    public async Task Authority_that_is_nearly_a_cluster_is_named_in_the_log_once()
    {
        // Twice: what one container has said is nothing to another one.
        for (var i = 0; i < 2; i++)
        {
            await using var app = WithHandler(new SentRequests(), static services => services.AddHttpClient("any").AddLoadBalancing());

            await app.Client("any").GetStringAsync("http://oders/x");
            await app.Client("any").GetStringAsync("http://oders/y");

            Assert.Equal(1, app.Log.Count(302));
            Assert.Contains("Did you mean orders?", app.Log.TextOf(302), StringComparison.Ordinal);
        }
    }

    private static App WithHandler(SentRequests sent, Func<IServiceCollection, IHttpClientBuilder> add) =>
        new(services => add(services).ConfigurePrimaryHttpMessageHandler(() => new StubHandler(sent)), OneEndpoint);
}
