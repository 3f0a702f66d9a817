using System.Net;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClientLb.Tests.DependencyInjection;

public class LoadBalancedHttpClientTests
{
    private static readonly (string, string?)[] TwoEndpoints = [("ClientLb:Clusters:orders:Endpoints", "10.0.0.1:80, 10.0.0.2:80"), ("ClientLb:Clusters:orders:Policy", "round_robin")];

    [Fact]
    public async Task Named_client_calls_go_to_the_endpoints_and_the_uri_stays_the_logical_one()
    {
        await using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"), TwoEndpoints);
        var client = app.Client("orders");

        var answers = new[] { await client.GetStringAsync("/a?b=c"), await client.GetStringAsync("http://orders/a?b=c") };

        Assert.Equal(["10.0.0.1:80", "10.0.0.2:80"], answers.Order());
        Assert.All(app.Sent.All, sent => Assert.Equal(("http://orders/a?b=c", null), (sent.Uri, sent.Host)));
        Assert.Equal(Timeout.InfiniteTimeSpan, client.Timeout);
    }

    [Fact]
    public async Task Each_uri_goes_to_the_cluster_that_its_host_names_however_much_it_looks_like_the_one_before()
    {
        await using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"),
        [
            ("ClientLb:Clusters:orders:Endpoints", "10.0.0.1:80"), ("ClientLb:Clusters:orders2:Endpoints", "10.0.0.2:80"),
            ("ClientLb:Clusters:stock:Endpoints", "10.0.0.3:80"),
        ]);
        var client = app.Client("orders");
        (string Uri, string Endpoint)[] calls =
        [
            ("http://orders/a", "10.0.0.1:80"), ("http://orders/b", "10.0.0.1:80"), ("http://orders2/a", "10.0.0.2:80"), ("http://orders/a", "10.0.0.1:80"), ("http://orders?x=/", "10.0.0.1:80"),
            ("http://orders/", "10.0.0.1:80"), ("http://orders@stock/", "10.0.0.3:80"), ("http://orders/c", "10.0.0.1:80"), ("HTTP://ORDERS/d", "10.0.0.1:80"), ("http://stock/orders/", "10.0.0.3:80"),
            ("http://orders:8080/", "10.0.0.1:80"), ("/e", "10.0.0.1:80"), ("https+http://stock/", "10.0.0.3:80"), ("http://stock/", "10.0.0.3:80"), ("https+http://orders/", "10.0.0.1:80"), ("http://orders/f", "10.0.0.1:80"),
        ];

        foreach (var (uri, endpoint) in calls)
        {
            Assert.Equal(endpoint, await client.GetStringAsync(uri));
        }
    }

    [Fact]
    public async Task Typed_client_and_typed_client_by_interface_are_balanced()
    {
        await using var app = new App(static services =>
        {
            services.AddLoadBalancedHttpClient<OrdersClient>("orders");
            services.AddLoadBalancedHttpClient<IStock, Stock>("stock");
        }, [.. TwoEndpoints, ("ClientLb:Clusters:stock:Endpoints:0:Address", "10.0.0.9:80")]);

        Assert.StartsWith("10.0.0.", await app.Services.GetRequiredService<OrdersClient>().AskAsync(), StringComparison.Ordinal);
        Assert.Equal("10.0.0.9:80", await app.Services.GetRequiredService<IStock>().AskAsync());
    }

    [Fact]
    public void Synchronous_send_is_balanced()
    {
        using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"), TwoEndpoints);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");

        using var response = app.Client("orders").Send(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Single(app.Sent.All);
    }

    [Theory]
    [InlineData("Orders", "orders")]
    [InlineData("orders", "Orders")]
    public async Task Names_ignore_case_though_the_host_of_a_uri_is_always_lower_case(string inCode, string inClient)
    {
        await using var app = new App(services =>
        {
            services.AddClientLb().AddCluster(inCode, new EndpointDescriptor("10.0.0.5", 80));
            services.AddLoadBalancedHttpClient(inClient);
        });

        Assert.Equal("10.0.0.5:80", await app.Client(inClient).GetStringAsync("/"));
        Assert.Single(app.Clusters.All);
    }

    [Fact]
    public async Task Failing_endpoint_the_call_is_repeated_at_another()
    {
        await using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"), TwoEndpoints);
        app.Services.GetRequiredService<LoadBalancedClients>().HandlerFactory = endpoint => new StubHandler(app.Sent, endpoint,
            endpoint.Host == "10.0.0.1" ? static _ => new HttpResponseMessage(HttpStatusCode.InternalServerError) : null);
        var client = app.Client("orders");

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal("10.0.0.2:80", await client.GetStringAsync("/"));
        }
    }

    [Fact]
    public async Task Options_in_code_and_in_the_section_both_apply_and_code_goes_last()
    {
        await using var app = new App(static services => services.AddLoadBalancedHttpClient("orders", static o => o.Retry.MaxAttempts = 1),
            [.. TwoEndpoints, ("ClientLb:Clients:orders:Retry:MaxAttempts", "3"), ("ClientLb:Clients:orders:Timeouts:Attempt", "3s")]);

        var plan = app.Services.GetRequiredService<LoadBalancedClients>().Get("orders").Plan;

        Assert.Equal((1, TimeSpan.FromSeconds(3).Ticks), (plan.MaxAttempts, plan.AttemptTicks));
    }

    [Fact]
    public async Task Reload_bad_bad_good_is_taken_by_the_client_and_the_cluster()
    {
        await using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"), TwoEndpoints);
        await app.Client("orders").GetStringAsync("/");
        var client = app.Services.GetRequiredService<LoadBalancedClients>().Get("orders");
        var cluster = app.Clusters.Get("orders");
        foreach (var bad in new[] { "1", "many" })
        {
            app.Settings.Reload([.. TwoEndpoints, ("ClientLb:Clients:orders:Retry:MaxAttempts", "-" + bad), ("ClientLb:Clusters:orders:RetryBudget:MinTokens", "-" + bad)]);
            Assert.Equal((3, 10), (client.Plan.MaxAttempts, cluster.Snapshot.Options.RetryBudget.MinTokens));
        }

        Assert.Equal(4, app.Log.Count(113));
        app.Settings.Reload([.. TwoEndpoints, ("ClientLb:Clients:orders:Retry:MaxAttempts", "5"), ("ClientLb:Clusters:orders:RetryBudget:MinTokens", "50")]);

        Assert.Equal(5, client.Plan.MaxAttempts);
        var start = TimeProvider.System.GetTimestamp();
        while (cluster.Snapshot.Options.RetryBudget.MinTokens != 50)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start).TotalSeconds < 20);
            await Task.Yield();
        }
    }

    [Fact]
    public async Task Cluster_without_a_source_the_error_says_what_to_do()
    {
        await using var app = new App(static services => services.AddLoadBalancedHttpClient("ghost"), TwoEndpoints);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => app.Client("ghost").GetStringAsync("/"));

        Assert.Contains("'ghost'", error.Message, StringComparison.Ordinal);
        Assert.Contains("ClientLb:Clusters:ghost:Endpoints", error.Message, StringComparison.Ordinal);
        Assert.Contains("orders", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cluster_without_a_source_gets_one_by_a_reload_the_next_call_finds_it()
    {
        await using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"));
        var client = app.Client("orders");
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetStringAsync("/"));

        app.Settings.Reload(TwoEndpoints);

        Assert.StartsWith("10.0.0.", await client.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_of_a_client_are_wrong_and_then_right_the_next_use_finds_them()
    {
        await using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"), [.. TwoEndpoints, ("ClientLb:Clients:orders:MaxRedirects", "x")]);
        var clients = app.Services.GetRequiredService<LoadBalancedClients>();
        Assert.Throws<OptionsValidationException>(() => clients.Get("orders"));

        app.Settings.Reload(TwoEndpoints);

        Assert.StartsWith("10.0.0.", await app.Client("orders").GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cluster_of_an_empty_list_the_error_has_its_reason()
    {
        await using var app = new App(static services => services.AddLoadBalancedHttpClient("orders"),
            ("ClientLb:Clusters:orders:Endpoints:0:Address", "10.0.0.1:80"), ("ClientLb:Clusters:orders:Endpoints:0:Enabled", "false"));

        var error = await Assert.ThrowsAsync<CallFailedException>(() => app.Client("orders").GetStringAsync("/"));

        Assert.Equal((CallFailureReason.NoEndpoints, "orders"), (error.Reason, error.Cluster));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Finite_timeout_of_the_client_is_warned_of_once(bool isFinite)
    {
        await using var app = new App(services => services.AddLoadBalancedHttpClient("orders").ConfigureHttpClient(client =>
            client.Timeout = isFinite ? TimeSpan.FromSeconds(5) : Timeout.InfiniteTimeSpan), TwoEndpoints);

        app.Client("orders");
        app.Client("orders");

        Assert.Equal(isFinite ? 1 : 0, app.Log.Count(303));
        Assert.True(!isFinite || app.Log.TextOf(303).Contains("ClientLb:Clients:orders:Timeouts:Call", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Container_ends_within_two_seconds(bool isAsync)
    {
        var app = new App(static services => services.AddLoadBalancedHttpClient("orders"), TwoEndpoints);
        await app.Client("orders").GetStringAsync("/");
        var clusters = app.Clusters;
        var start = TimeProvider.System.GetTimestamp();

        if (isAsync)
        {
            await app.DisposeAsync();
        }
        else
        {
            app.Dispose();
        }

        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0, 2);
        Assert.Throws<ObjectDisposedException>(() => clusters.Get("orders"));
    }

    internal sealed class OrdersClient(HttpClient client)
    {
        public Task<string> AskAsync() => client.GetStringAsync("/");
    }

    internal interface IStock
    {
        Task<string> AskAsync();
    }

    internal sealed class Stock(HttpClient client) : IStock
    {
        public Task<string> AskAsync() => client.GetStringAsync("/");
    }
}
