using ClientLb.Discovery;
using ClientLb.ServiceDiscovery.Bridge;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.ServiceDiscovery.Tests.Bridge;

/// <summary>The providers of Microsoft.Extensions.ServiceDiscovery as a source: the real ones.</summary>
public class SourceTests
{
    private static readonly (string, string?) FromServiceDiscovery = ("ClientLb:Clusters:orders:Sources:0", "service_discovery");

    [Fact]
    public async Task Configuration_provider_feeds_a_cluster_and_reloads_are_followed()
    {
        await using var host = new Host(Both, FromServiceDiscovery, ("Services:orders:http:0", "http://10.0.0.1:8080"), ("Services:orders:http:1", "10.0.0.2:8080"));
        await host.ListedAsync("orders", "10.0.0.1:8080", "10.0.0.2:8080");

        host.Settings.Reload(FromServiceDiscovery, ("Services:orders:http:0", "http://10.0.0.3:8080"), ("Services:orders:http:1", "http://10.0.0.1:8080"));
        await host.ListedAsync("orders", "10.0.0.3:8080", "10.0.0.1:8080");

        Assert.Equal("http", host.Cluster("orders").Snapshot.Endpoints[0].Descriptor.Metadata["scheme"]);
    }

    [Fact]
    public async Task Named_endpoint_is_asked_for_by_its_name()
    {
        await using var host = new Host(Both, FromServiceDiscovery, ("Services:orders:http:0", "10.0.0.1:8080"), ("Services:orders:grpc:0", "10.0.0.1:5001"));

        await host.ListedAsync("_grpc.orders", "10.0.0.1:5001");
        await host.ListedAsync("orders", "10.0.0.1:8080");
    }

    [Fact]
    public async Task Pass_through_provider_makes_a_name_of_the_service()
    {
        await using var host = new Host(
            static services => services.AddServiceDiscovery().AddClientLb().AddServiceDiscoverySource(), FromServiceDiscovery, ("ClientLb:Clusters:orders:Dns:Resolve", "false"));

        await host.ListedAsync("orders", "orders:80");
    }

    [Fact]
    public async Task Source_that_nobody_feeds_serves_nothing()
    {
        await using var host = new Host(static services => services.AddServiceDiscoveryCore().AddClientLb().AddServiceDiscoverySource());

        var source = host.Services.GetServices<IEndpointSource>().Single(static source => source.Name == "service_discovery");

        Assert.False(source.Serves(new("orders")));
    }

    [Fact]
    public async Task Settings_come_from_the_section_and_from_code()
    {
        await using var host = new Host(
            static services => services.AddClientLb().AddServiceDiscoverySource(static o => o.RefreshTimeout = TimeSpan.FromSeconds(3)), ("ClientLb:ServiceDiscovery:RefreshPeriod", "20s"));

        var options = host.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<ServiceDiscoverySourceOptions>>().Value;

        Assert.Equal((TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(3)), (options.RefreshPeriod, options.RefreshTimeout));
    }

    private static void Both(IServiceCollection services) =>
        services.AddServiceDiscoveryCore().AddConfigurationServiceEndpointProvider().AddClientLb().AddServiceDiscoverySource();
}
