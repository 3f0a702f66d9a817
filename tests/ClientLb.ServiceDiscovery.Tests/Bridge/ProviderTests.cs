using ClientLb.Endpoints;
using ClientLb.ServiceDiscovery.Bridge;
using ClientLb.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.ServiceDiscovery;

namespace ClientLb.ServiceDiscovery.Tests.Bridge;

/// <summary>The clusters of ClientLb as a provider of Microsoft.Extensions.ServiceDiscovery, read by its own resolver.</summary>
public class ProviderTests
{
    private readonly PushedSource _source = new();

    [Fact]
    public async Task Resolver_gets_the_endpoints_and_is_told_of_changes()
    {
        await using var host = Pushed();
        _source.Push(new EndpointDescriptor("10.0.0.1", 8080), new EndpointDescriptor("10.0.0.2", 8080));
        var first = await host.Resolver.GetEndpointsAsync("http://orders", CancellationToken.None);
        Assert.Equal(["10.0.0.1:8080", "10.0.0.2:8080"], first.Endpoints.Select(static e => e.ToString()).Order());

        var changed = new TaskCompletionSource();
        using var registration = first.ChangeToken.RegisterChangeCallback(_ => changed.TrySetResult(), null);
        _source.Push(new EndpointDescriptor("10.0.0.3", 8080), new EndpointDescriptor("10.0.0.2", 8080));

        await changed.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await host.ResolvesToAsync("http://orders", "10.0.0.2:8080", "10.0.0.3:8080");
    }

    [Fact]
    public async Task List_that_is_older_than_one_that_was_told_is_no_change()
    {
        await using var host = Pushed();
        _source.Push(new EndpointDescriptor("10.0.0.1", 8080));
        await host.ListedAsync("orders", "10.0.0.1:8080");
        var cluster = host.Cluster("orders");
        var older = cluster.Snapshot;
        using var changes = new ClusterChanges(cluster);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = changes.Token.RegisterChangeCallback(_ => told.TrySetResult(), null);
        _source.Push(new EndpointDescriptor("10.0.0.2", 8080));
        await told.Task.WaitAsync(TimeSpan.FromSeconds(20));

        // As where the constructor has read its list before that one came.
        var next = changes.Next;
        changes.Compare(older);

        Assert.Equal(next, changes.Next);
    }

    [Fact]
    public async Task First_list_is_waited_for()
    {
        await using var host = Pushed();
        var resolving = host.ResolveAsync("http://orders");
        await _source.NextWatchAsync();

        _source.Push(new EndpointDescriptor("10.0.0.1", 8080));

        Assert.Equal(["10.0.0.1:8080"], await resolving.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task Source_that_fails_keeps_its_list()
    {
        await using var host = Pushed();
        _source.Push(new EndpointDescriptor("10.0.0.1", 8080));
        await host.ListedAsync("orders", "10.0.0.1:8080");

        _source.Break(new InvalidOperationException("the registry is away"));
        await _source.NextWatchAsync();
        await _source.NextWatchAsync();

        Assert.Equal(["10.0.0.1:8080"], await host.ResolveAsync("http://orders"));
    }

    [Fact]
    public async Task Draining_and_critical_endpoints_are_not_offered()
    {
        await using var host = Pushed();
        _source.Push(
            new EndpointDescriptor("10.0.0.1", 8080), new EndpointDescriptor("10.0.0.2", 8080) { Weight = 0 },
            new EndpointDescriptor("10.0.0.3", 8080) { Status = RegistryStatus.Critical });

        Assert.Equal(["10.0.0.1:8080"], await host.ResolveAsync("http://orders"));
    }

    [Fact]
    public async Task Ejection_by_ClientLb_is_a_change()
    {
        await using var host = Pushed();
        _source.Push(new EndpointDescriptor("10.0.0.1", 8080), new EndpointDescriptor("10.0.0.2", 8080));
        await host.ListedAsync("orders", "10.0.0.1:8080", "10.0.0.2:8080");
        var first = await host.Resolver.GetEndpointsAsync("http://orders", CancellationToken.None);
        var changed = new TaskCompletionSource();
        using var registration = first.ChangeToken.RegisterChangeCallback(_ => changed.TrySetResult(), null);

        host.Cluster("orders").Eject("10.0.0.1:8080", "a test");

        await changed.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await host.ResolvesToAsync("http://orders", "10.0.0.2:8080");
    }

    [Fact]
    public async Task Scheme_of_each_endpoint_is_told_where_several_are_asked_for()
    {
        await using var host = Pushed();
        _source.Push(
            new EndpointDescriptor("10.0.0.1", 8080) { Metadata = EndpointMetadata.From([new("scheme", "https")]) }, new EndpointDescriptor("10.0.0.2", 8080));

        Assert.Equal(["http://10.0.0.2:8080", "https://10.0.0.1:8080"], (await host.ResolveAsync("https+http://orders")).Select(static uri => uri!.TrimEnd('/')));
    }

    [Fact]
    public async Task Named_endpoint_is_the_port_in_the_metadata()
    {
        await using var host = Pushed();
        _source.Push(new EndpointDescriptor("10.0.0.1", 8080) { Metadata = EndpointMetadata.From([new("port-grpc", "5001")]) });

        Assert.Equal(["10.0.0.1:5001"], await host.ResolveAsync("http://_grpc.orders"));
    }

    [Fact]
    public async Task Name_that_is_no_cluster_is_left_to_others()
    {
        await using var host = new Host(static services => services.AddClientLbServiceEndpointProvider().AddPassThroughServiceEndpointProvider());

        Assert.Equal(["www.example.com:80"], (await host.ResolveAsync("http://www.example.com")).Select(static text => text!.Replace("Unspecified/", "", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Name_that_code_says_is_served_becomes_a_cluster()
    {
        await using var host = new Host(services =>
        {
            services.AddClientLb();
            services.AddSingleton<ClientLb.Discovery.IEndpointSource>(_source);
            services.AddClientLbServiceEndpointProvider(static o => o.Serves = static name => name == "stock");
        });
        _source.Push(new EndpointDescriptor("10.0.0.1", 8080));
        var factory = host.Services.GetServices<IServiceEndpointProviderFactory>().Single();

        Assert.Equal(["10.0.0.1:8080"], await host.ResolveAsync("http://stock"));
        Assert.True(ServiceEndpointQuery.TryParse("http://orders", out var other));
        Assert.False(factory.TryCreateProvider(other, out _));
    }

    [Fact]
    public async Task Answer_of_a_provider_before_it_is_respected()
    {
        await using var host = new Host(
            services =>
            {
                services.AddServiceDiscoveryCore().AddConfigurationServiceEndpointProvider();
                services.AddClientLb().AddCluster("orders", o => o.Source = _source);
                services.AddClientLbServiceEndpointProvider();
            },
            ("Services:orders:http:0", "10.0.0.9:8080"));
        _source.Push(new EndpointDescriptor("10.0.0.1", 8080));

        Assert.Equal(["10.0.0.9:8080"], await host.ResolveAsync("http://orders"));
    }

    [Fact]
    public async Task Both_ways_at_once_do_not_ask_each_other_in_a_circle()
    {
        await using var host = new Host(
            static services =>
            {
                services.AddClientLbServiceEndpointProvider().AddClientLb().AddServiceDiscoverySource();
                services.AddConfigurationServiceEndpointProvider();
            },
            ("ClientLb:Clusters:orders:Sources:0", "service_discovery"), ("Services:orders:http:0", "10.0.0.9:8080"));

        Assert.Equal(["10.0.0.9:8080"], await host.ResolveAsync("http://orders"));
        await host.ListedAsync("orders", "10.0.0.9:8080");
    }

    private Host Pushed() => new(services =>
    {
        services.AddClientLb().AddCluster("orders", o => o.Source = _source);
        services.AddServiceDiscoveryCore().AddClientLbServiceEndpointProvider();
    });
}
