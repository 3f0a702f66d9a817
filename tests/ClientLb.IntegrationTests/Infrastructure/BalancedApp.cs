using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Http;
using ClientLb.TestBackend;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>An application with one load-balanced client, made as a user would.</summary>
internal sealed class BalancedApp : IAsyncDisposable
{
    private readonly ServiceProvider _provider;
    private readonly string _cluster;

    private BalancedApp(IServiceCollection services, string cluster)
    {
        services.AddLogging(logging => logging.AddProvider(Log).AddFilter("System.Net.Http", LogLevel.None));
        _provider = services.BuildServiceProvider();
        _cluster = cluster;
        Client = _provider.GetRequiredService<IHttpClientFactory>().CreateClient(cluster);
    }

    public LogBook Log { get; } = new();

    public HttpClient Client { get; }

    public IServiceProvider Services => _provider;

    public ClusterRegistry Clusters => _provider.GetRequiredService<ClusterRegistry>();

    public Cluster Cluster => Clusters.Get(_cluster);

    /// <summary>The handler under the client, as web sockets take it.</summary>
    public HttpMessageInvoker Invoker => new(_provider.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(_cluster), disposeHandler: false);

    /// <summary>A client of some backends, with the library's defaults but for what is configured.</summary>
    public static BalancedApp To(
        string cluster, IEnumerable<EndpointDescriptor> endpoints, Action<LoadBalancedClientOptions>? options = null,
        Action<ClusterOptions>? clusterOptions = null, Action<IHttpClientBuilder>? client = null)
    {
        var services = new ServiceCollection();
        services.AddClientLb().AddCluster(cluster, [.. endpoints]);
        if (clusterOptions is not null)
        {
            services.AddClientLb().AddCluster(cluster, clusterOptions);
        }

        var builder = services.AddLoadBalancedHttpClient(cluster, options);
        client?.Invoke(builder);
        return new(services, cluster);
    }

    public static BalancedApp To(string cluster, params IEnumerable<BackendServer> backends) => To(cluster, backends.Select(Descriptor));

    /// <summary>A client whose endpoints come from elsewhere.</summary>
    public static BalancedApp Of(string cluster, Action<IServiceCollection> configure)
    {
        var services = new ServiceCollection();
        services.AddLoadBalancedHttpClient(cluster);
        configure(services);
        return new(services, cluster);
    }

    /// <summary>A client that keeps its own primary handler, with the balancer above it.</summary>
    public static BalancedApp Through(string cluster, IEnumerable<EndpointDescriptor> endpoints)
    {
        var services = new ServiceCollection();
        services.AddHttpClient(cluster, client => client.BaseAddress = new Uri($"http://{cluster}/")).AddLoadBalancing();
        services.AddClientLb().AddCluster(cluster, [.. endpoints]);
        return new(services, cluster);
    }

    public static EndpointDescriptor Descriptor(BackendServer backend) => new(backend.Host, backend.Port);

    /// <summary>Leases that are out: a finished call has none.</summary>
    public int InFlight => Cluster.Snapshot.Endpoints.Sum(static e => e.Load.InFlight);

    public Task NothingInFlightAsync() => Eventually.IsTrueAsync(
        () => Task.FromResult(InFlight == 0), TimeSpan.FromSeconds(10), "no lease is out");

    public ValueTask DisposeAsync() => _provider.DisposeAsync();
}
