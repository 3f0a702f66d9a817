using ClientLb.Discovery;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Consul;

public class ConsulProxyTests
{
    private static readonly Uri s_agent = new("http://agent.invalid:8500/");

    [Fact]
    public async Task Proxy_of_the_environment_is_used_where_it_is_asked_for_and_only_there()
    {
        await using var proxy = new SmallProxy(s_agent.Host);
        var before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = proxy;
        try
        {
            await using var direct = new WatchedSource(s_agent);
            var (update, _) = await direct.Watch("web").SeesAsync(static u => u.Error is not null, 20);
            Assert.Equal(DiscoveryErrorKind.Unreachable, Assert.IsType<DiscoveryException>(update.Error).Kind);
            Assert.Empty(proxy.Requests);

            await using var through = new WatchedSource(s_agent, static o => o.UseProxy = true);
            await through.Watch("web").SeesAsync(static u => u.Error is null, 20);
            Assert.Contains(proxy.Requests, static r => r.StartsWith("GET http://agent.invalid:8500/v1/health/service/web", StringComparison.Ordinal));
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }
    }
}
