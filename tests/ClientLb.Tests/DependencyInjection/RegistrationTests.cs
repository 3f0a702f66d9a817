using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Telemetry;
using ClientLb.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Moq;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace ClientLb.Tests.DependencyInjection;

public class RegistrationTests
{
    [Fact]
    public void AddClientLb_alone_resolves_without_configuration_and_twice_changes_nothing()
    {
        var services = new ServiceCollection();
        services.AddClientLb();
        var count = services.Count;
        services.AddClientLb();
        Assert.Equal(count, services.Count);

        using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });

        Assert.Empty(provider.GetRequiredService<ClusterRegistry>().All);
        Assert.Same(TimeProvider.System, provider.GetRequiredService<MonotonicClock>().TimeProvider);
    }

    [Fact]
    public void AddClientLb_time_of_the_application_is_used()
    {
        var time = new VirtualTime();
        using var app = new App(services =>
        {
            services.AddSingleton<TimeProvider>(time);
            services.AddClientLb();
        });

        Assert.Same(time, app.Services.GetRequiredService<MonotonicClock>().TimeProvider);
    }

    [Fact]
    public async Task AddCluster_with_endpoints_in_code_is_resolved()
    {
        await using var app = new App(static services => services.AddClientLb().AddCluster("orders", TestCluster.Ports(1, 2)));

        var snapshot = await app.Clusters.Get("ORDERS").ResolvedAsync(default);

        Assert.Equal([1, 2], snapshot.Eligible.Select(endpoint => endpoint.Port));
        Assert.Same(app.Clusters.Get("orders"), app.Clusters.Get("Orders"));
        Assert.Equal(["orders"], app.Clusters.KnownNames);
    }

    [Fact]
    public async Task AddEndpointSource_serves_what_no_source_before_it_does()
    {
        await using var app = new App(static services => services.AddClientLb().AddEndpointSource<OwnSource>(),
            ("ClientLb:Clusters:listed:Endpoints", "10.0.0.1:80"));

        Assert.Equal(99, (await app.Clusters.Get("other").ResolvedAsync(default)).Endpoints[0].Port);
        Assert.Equal(80, (await app.Clusters.Get("listed").ResolvedAsync(default)).Endpoints[0].Port);
    }

    [Fact]
    public async Task AddPolicy_is_chosen_by_its_name()
    {
        var policy = new Mock<ILoadBalancingPolicy>();
        policy.Setup(p => p.Name).Returns("mine");
        policy.Setup(p => p.CreatePicker(in It.Ref<PickerInput>.IsAny)).Returns(Picker.None);
        await using var app = new App(services => services.AddClientLb().AddPolicy(policy.Object)
            .AddCluster("orders", static o => o.Policy = "Mine").AddCluster("orders", TestCluster.Ports(1)));

        var snapshot = await app.Clusters.Get("orders").ResolvedAsync(default);

        Assert.Same(policy.Object, snapshot.Policy);
        Assert.Same(Picker.None, snapshot.Picker);
    }

    [Fact]
    public void Services_section_is_a_source_too()
    {
        using var app = new App(static services => services.AddClientLb(), ("Services:orders:http:0", "10.0.0.1:80"));

        Assert.True(app.Clusters.IsKnown("orders"));
        Assert.False(app.Clusters.IsKnown("payments"));
    }

    [Fact]
    public void Known_names_follow_the_configuration_and_cost_nothing_in_between()
    {
        using var app = new App(static services => services.AddClientLb(), ("ClientLb:Clusters:orders:Policy", "random"));
        Assert.False(app.Clusters.IsKnown("payments"));

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(app.Clusters.IsKnown("ORDERS"));
        var isKnown = app.Clusters.IsKnown("payments");
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.False(isKnown);
        app.Settings.Reload(("ClientLb:Clusters:payments:Policy", "random"));

        Assert.True(app.Clusters.IsKnown("payments"));
        Assert.False(app.Clusters.IsKnown("orders"));
    }

    [Fact]
    public async Task WarmUp_clusters_are_resolved_when_the_host_has_started()
    {
        using var host = Host(static services => services.AddClientLb().WarmUp("orders"), ("ClientLb:Clusters:orders:Endpoints", "10.0.0.1:80"));

        await host.StartAsync();

        Assert.True(Assert.Single(host.Services.GetRequiredService<ClusterRegistry>().All).Snapshot.IsResolved);
        await host.StopAsync();
    }

    [Fact]
    public async Task WarmUp_source_says_nothing_the_host_starts_all_the_same_and_says_so()
    {
        var log = new LogBook();
        using var host = Host(services =>
        {
            services.AddSingleton<ILoggerFactory>(log);
            services.AddClientLb().AddCluster("orders", static o => o.Source = new PushedSource()).WarmUp("orders");
            services.Configure<ClusterWarmUpOptions>(static o => o.Timeout = TimeSpan.FromMilliseconds(20));
        });

        await host.StartAsync();

        Assert.Contains("orders", log.TextOf(115), StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task WarmUp_cluster_that_no_source_knows_stops_the_start()
    {
        using var host = Host(static services => services.AddClientLb().WarmUp("ghost"));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());

        Assert.Contains("'ghost'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddClientLbInstrumentation_registers_meter_and_source()
    {
        var meters = new Mock<MeterProviderBuilder>();
        var tracers = new Mock<TracerProviderBuilder>();

        meters.Object.AddClientLbInstrumentation();
        tracers.Object.AddClientLbInstrumentation();

        meters.Verify(b => b.AddMeter(ClientLbTelemetry.MeterName), Times.Once);
        tracers.Verify(b => b.AddSource(ClientLbTelemetry.ActivitySourceName), Times.Once);
    }

    private static IHost Host(Action<IServiceCollection> configure, params (string Key, string? Value)[] settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, s.Value)));
        configure(builder.Services);
        return builder.Build();
    }

    private sealed class OwnSource : IEndpointSource
    {
        public async IAsyncEnumerable<EndpointUpdate> WatchAsync(
            EndpointQuery query, IRefreshSignal refresh, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return new EndpointUpdate([TestCluster.At(99)], 1);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }
}
