using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Tests.DependencyInjection;

/// <summary>URIs as Microsoft.Extensions.ServiceDiscovery has them, without it.</summary>
public class ServiceReferenceTests
{
    private static readonly (string, string?)[] OneEndpoint = [("ClientLb:Clusters:orders:Endpoints", "10.0.0.1:8080")];

    private static readonly (string, string?)[] ListsByScheme =
    [
        ("Services:orders:http:0", "10.0.0.1:8080"), ("Services:orders:https:0", "https://10.0.0.1:8443"), ("Services:orders:grpc:0", "10.0.0.1:5001"),
        ("Services:plain:http:0", "10.0.0.2:8080"), ("Services:secure:https:0", "10.0.0.3:8443"),
        ("Services:given:default:0", "http://10.0.0.4:8080"), ("Services:given:https:0", "https://10.0.0.4:8443"),
    ];

    [Theory]
    [InlineData("10.0.0.1:8080", "https+http://orders/a/b?c=d#e", "http://orders/a/b?c=d#e")]
    [InlineData("10.0.0.1:443", "https+http://orders/", "https://orders/")]
    [InlineData("https://10.0.0.1:8080", "https+http://orders:5000/", "https://orders:5000/")]
    [InlineData("http://10.0.0.1:443", "https+http://orders/", "http://orders/")]
    [InlineData("https://10.0.0.1:8080", "http+https://ORDERS", "https://orders/")]
    [InlineData("10.0.0.1:443", "http+https://orders", "https://orders/")]
    public async Task Of_several_schemes_that_of_the_endpoint_is_sent(string endpoint, string uri, string sent)
    {
        await using var app = Owned(("ClientLb:Clusters:orders:Endpoints", endpoint));
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        var written = request.RequestUri;

        using var response = await app.Client("any").SendAsync(request);

        Assert.Equal(sent, Assert.Single(app.Sent.All).Uri);
        Assert.Same(written, request.RequestUri);
        Assert.Same(written, response.RequestMessage!.RequestUri);
        Assert.Equal(["orders"], app.Clusters.All.Select(static cluster => cluster.Name));
    }

    [Fact]
    public async Task Client_with_several_schemes_in_its_base_address_works_in_the_old_way_too()
    {
        await using var app = Owned(OneEndpoint);
        var client = app.Client("any");
        client.BaseAddress = new Uri("https+http://orders/api/");
        using var request = new HttpRequestMessage(HttpMethod.Get, "latest");

        using var response = client.Send(request);

        Assert.Equal("http://orders/api/latest", Assert.Single(app.Sent.All).Uri);
    }

    [Fact]
    public async Task Each_attempt_has_the_scheme_of_its_endpoint()
    {
        await using var app = Owned(("ClientLb:Clusters:orders:Endpoints", "https://10.0.0.1:8443,http://10.0.0.2:8080"));
        app.Sent.Answer = static count => new HttpResponseMessage(count % 2 == 1 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);

        for (var i = 0; i < 3; i++)
        {
            using var response = await app.Client("any").GetAsync("https+http://orders/");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(6, app.Sent.All.Count);
        Assert.All(app.Sent.All, static sent => Assert.Equal(sent.Endpoint.EndsWith("443", StringComparison.Ordinal) ? "https://orders/" : "http://orders/", sent.Uri));
        Assert.Equal(2, app.Sent.All.Select(static sent => sent.Uri).Distinct().Count());
    }

    [Theory]
    [InlineData("https+http://orders/", "https://orders/", "10.0.0.1:8443", "_https.orders")]
    [InlineData("http+https://orders/", "http://orders/", "10.0.0.1:8080", "orders")]
    [InlineData("http://orders/", "http://orders/", "10.0.0.1:8080", "orders")]
    [InlineData("https+http://plain/", "http://plain/", "10.0.0.2:8080", "plain")]
    [InlineData("https+http://secure/", "https://secure/", "10.0.0.3:8443", "secure")]
    [InlineData("https+http://given/", "http://given/", "10.0.0.4:8080", "given")]
    [InlineData("http://_grpc.orders/", "http://orders/", "10.0.0.1:5001", "_grpc.orders")]
    [InlineData("https+http://_grpc.Orders/", "http://orders/", "10.0.0.1:5001", "_grpc.orders")]
    public async Task Lists_of_the_section_services_are_found_by_scheme_and_name(string uri, string sent, string endpoint, string cluster)
    {
        await using var app = Owned(ListsByScheme);

        using var response = await app.Client("any").GetAsync(uri);

        Assert.Equal((sent, endpoint), app.Sent.All.Select(static s => (s.Uri, s.Endpoint)).Single());
        Assert.Equal([cluster], app.Clusters.All.Select(static c => c.Name));
    }

    [Fact]
    public async Task List_for_a_scheme_that_comes_later_is_used()
    {
        await using var app = Owned(("Services:orders:http:0", "10.0.0.1:8080"));
        using var before = await app.Client("any").GetAsync("https+http://orders/");
        app.Settings.Reload(ListsByScheme);

        using var after = await app.Client("any").GetAsync("https+http://orders/");

        Assert.Equal(["10.0.0.1:8080", "10.0.0.1:8443"], app.Sent.All.Select(static sent => sent.Endpoint));
    }

    [Fact]
    public async Task Named_endpoint_is_the_port_in_the_metadata_of_each_instance()
    {
        await using var app = Owned(
            ("ClientLb:Clusters:orders:Policy", "round_robin"),
            ("ClientLb:Clusters:orders:Endpoints:0:Address", "10.0.0.1:8080"), ("ClientLb:Clusters:orders:Endpoints:0:Metadata:port-grpc", "5001"),
            ("ClientLb:Clusters:orders:Endpoints:1:Address", "10.0.0.2:8080"), ("ClientLb:Clusters:orders:Endpoints:2:Address", "10.0.0.3:8080"),
            ("ClientLb:Clusters:orders:Endpoints:2:Metadata:port-grpc", "0"));

        using var named = await app.Client("any").GetAsync("http://_grpc.orders/x");
        var cluster = app.Clusters.Get("_grpc.orders");

        Assert.Equal(("http://orders/x", "10.0.0.1:5001"), app.Sent.All.Select(static s => (s.Uri, s.Endpoint)).Single());
        Assert.Equal(["10.0.0.1:5001"], cluster.Snapshot.Endpoints.Select(static e => e.Id));
        Assert.Contains("2 of 3 instances have no port under port-grpc", cluster.Discovery.Note, StringComparison.Ordinal);
        Assert.Equal("round_robin", cluster.Snapshot.Options.Policy);
        Assert.Equal(3, (await app.Clusters.Get("orders").ResolvedAsync(default)).Endpoints.Count);
    }

    [Theory]
    [InlineData("grpc", "scheme", "http://orders/")]
    [InlineData("grpc", "scheme-grpc", "https://orders/")]
    [InlineData("https", "other", "https://orders/")]
    public async Task Scheme_of_an_instance_is_not_that_of_its_named_port(string name, string key, string sent)
    {
        await using var app = Owned(
            ("ClientLb:Clusters:orders:Endpoints:0:Address", "10.0.0.1:8080"), ($"ClientLb:Clusters:orders:Endpoints:0:Metadata:port-{name}", "5001"),
            ($"ClientLb:Clusters:orders:Endpoints:0:Metadata:{key}", "https"));

        using var response = await app.Client("any").GetAsync($"https+http://_{name}.orders/");

        Assert.Equal((sent, "10.0.0.1:5001"), app.Sent.All.Select(static s => (s.Uri, s.Endpoint)).Single());
    }

    [Fact]
    public async Task Named_endpoint_with_settings_of_its_own_has_those()
    {
        await using var app = Owned(
            ("ClientLb:Clusters:orders:Endpoints", "10.0.0.1:8080"), ("ClientLb:Clusters:_grpc.orders:Endpoints", "10.0.0.2:5001"),
            ("ClientLb:Clusters:_grpc.orders:Policy", "random"));

        using var response = await app.Client("any").GetAsync("http://_grpc.orders/");

        Assert.Equal("10.0.0.2:5001", app.Sent.All.Single().Endpoint);
        Assert.Equal("random", app.Clusters.Get("_grpc.orders").Snapshot.Options.Policy);
    }

    [Fact]
    public async Task Redirect_stays_at_the_named_endpoint()
    {
        await using var app = Owned(ListsByScheme);
        app.Sent.Answer = static count => count > 1 ? new(HttpStatusCode.OK) : new(HttpStatusCode.Found) { Headers = { Location = new Uri("/b", UriKind.Relative) } };

        using var response = await app.Client("any").GetAsync("http://_grpc.orders/a");

        Assert.Equal([("http://orders/a", "10.0.0.1:5001"), ("http://orders/b", "10.0.0.1:5001")], app.Sent.All.Select(static s => (s.Uri, s.Endpoint)));
    }

    [Fact]
    public async Task Rewriting_client_sends_the_same()
    {
        await using var app = Rewriting(ListsByScheme);

        using var secure = await app.Client("any").GetAsync("https+http://orders/x");
        using var named = await app.Client("any").GetAsync("http://_grpc.orders/y");

        Assert.Equal([("https://10.0.0.1:8443/x", "orders"), ("http://10.0.0.1:5001/y", "orders")], app.Sent.All.Select(static s => (s.Uri, s.Host)));
    }

    [Theory]
    [InlineData("https+http://www.example.com:81/x?y#z", "https://www.example.com:81/x?y#z")]
    [InlineData("http+https://www.example.com", "http://www.example.com/")]
    [InlineData("http://_grpc.www/x", "http://_grpc.www/x")]
    public async Task Host_that_is_no_cluster_passes_through_with_the_first_scheme(string uri, string sent)
    {
        await using var app = Rewriting(OneEndpoint);
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        var written = request.RequestUri;

        using var response = await app.Client("any").SendAsync(request);

        Assert.Equal(sent, Assert.Single(app.Sent.All).Uri);
        Assert.Same(written, request.RequestUri);
    }

    [Fact]
    public async Task Call_without_a_list_of_schemes_after_one_with_it_goes_its_own_way()
    {
        await using var app = Owned(ListsByScheme);

        foreach (var uri in new[] { "https+http://orders/", "http://orders/", "http://_grpc.orders/", "http://orders/", "https+http://orders/" })
        {
            using var response = await app.Client("any").GetAsync(uri);
        }

        Assert.Equal(["10.0.0.1:8443", "10.0.0.1:8080", "10.0.0.1:5001", "10.0.0.1:8080", "10.0.0.1:8443"], app.Sent.All.Select(static sent => sent.Endpoint));
    }

    private static App Owned(params (string, string?)[] settings) =>
        new(static services => services.AddLoadBalancedHttpClient("any", static o => o.Retry.MaxAttempts = 2), settings);

    private static App Rewriting(params (string, string?)[] settings)
    {
        var sent = new SentRequests();
        var app = new App(services => services.AddHttpClient("any").AddLoadBalancing().ConfigurePrimaryHttpMessageHandler(() => new StubHandler(sent)), settings);
        app.Sent = sent;
        return app;
    }
}
