using ClientLb.Discovery;
using Microsoft.Extensions.Options;

namespace ClientLb.Tests.Discovery;

public class ServicesEndpointSourceTests
{
    private readonly ListLogger<ServicesEndpointSource> _logger = new();

    [Theory]
    [InlineData("catalog", "h:1 h:2")]
    [InlineData("https+http://catalog", "s:1")]
    [InlineData("http://catalog:99", "h:1 h:2")]
    [InlineData("_admin.catalog", "a:1 u:443")]
    [InlineData("single", "one:80")]
    [InlineData("both", "d:1")]
    [InlineData("mixed", "x:2 y:80")]
    [InlineData("https+http://mixed", "x:1 y:80")]
    public async Task Grammar_of_service_discovery_is_followed(string service, string expected)
    {
        var configuration = new ReloadableConfiguration(
            ("Services:catalog:http:0", "http://h:1"), ("Services:catalog:http:1", "h:2"), ("Services:catalog:http:2", "http://h:1"),
            ("Services:catalog:https:0", "https://s:1"),
            ("Services:catalog:admin:0", "a:1"), ("Services:catalog:admin:1", "https://u"),
            ("Services:single:http", "one"),
            ("Services:both:default:0", "d:1"), ("Services:both:http:0", "e:1"),
            ("Services:mixed:http:0", "https://x:1"), ("Services:mixed:http:1", "http://x:2"), ("Services:mixed:http:2", "y"),
            ("Services:mixed:https:0", "https://x:1"), ("Services:mixed:https:1", "http://x:2"), ("Services:mixed:https:2", "y:80"));
        var source = new ServicesEndpointSource(configuration.Root, _logger);
        var query = new EndpointQuery("cluster") { Service = service };
        await using var reader = new UpdateReader(token => source.WatchAsync(query, NoRefresh.Instance, token));

        Assert.True(source.Serves(query));
        Assert.Equal(expected.Split(' '), (await reader.NextAsync()).Endpoints.Select(static e => e.Id));
    }

    [Fact]
    public async Task Scheme_is_metadata()
    {
        var configuration = new ReloadableConfiguration(("Services:catalog:https:0", "https://s:1"));
        var source = new ServicesEndpointSource(configuration.Root, _logger);
        await using var reader = new UpdateReader(token => source.WatchAsync(new("catalog"), NoRefresh.Instance, token));

        Assert.Equal("https", (await reader.NextAsync()).Endpoints[0].Metadata["scheme"]);
    }

    [Fact]
    public async Task Scheme_of_an_entry_without_one_is_that_of_its_list()
    {
        var configuration = new ReloadableConfiguration(("Services:catalog:https:0", "s:1"), ("Services:catalog:grpc:0", "g:1"));
        var source = new ServicesEndpointSource(configuration.Root, _logger);
        await using var secure = new UpdateReader(token => source.WatchAsync(new("catalog"), NoRefresh.Instance, token));
        await using var named = new UpdateReader(token => source.WatchAsync(new("catalog") { EndpointName = "grpc" }, NoRefresh.Instance, token));

        Assert.Equal("https", (await secure.NextAsync()).Endpoints[0].Metadata["scheme"]);
        Assert.Empty((await named.NextAsync()).Endpoints[0].Metadata);
    }

    [Fact]
    public void Service_without_a_list_is_not_served()
    {
        var source = new ServicesEndpointSource(new ReloadableConfiguration(("Services:catalog:grpc:0", "a:1")).Root, _logger);

        Assert.False(source.Serves(new("catalog")));
        Assert.False(source.Serves(new("stock")));
    }

    [Fact]
    public async Task Every_mistake_is_named()
    {
        var configuration = new ReloadableConfiguration(
            ("Services:catalog:default:0", "a"), ("Services:catalog:default:name", "b:1"), ("Services:catalog:default:2", "http://c/path"));
        var source = new ServicesEndpointSource(configuration.Root, _logger);
        await using var reader = new UpdateReader(token => source.WatchAsync(new("catalog"), NoRefresh.Instance, token));
        var error = await Assert.ThrowsAsync<OptionsValidationException>(reader.NextAsync);

        Assert.Equal(3, error.Failures.Count());
        Assert.Contains(error.Failures, static f => f.Contains("default:0 = 'a'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reload_is_followed()
    {
        var configuration = new ReloadableConfiguration(("Services:catalog:http:0", "a:1"));
        var source = new ServicesEndpointSource(configuration.Root, _logger);
        await using var reader = new UpdateReader(token => source.WatchAsync(new("catalog"), NoRefresh.Instance, token));
        await reader.NextAsync();
        configuration.Reload(("Services:catalog:http:0", "a:2"));

        Assert.Equal(["a:2"], (await reader.NextAsync()).Endpoints.Select(static e => e.Id));
    }
}
