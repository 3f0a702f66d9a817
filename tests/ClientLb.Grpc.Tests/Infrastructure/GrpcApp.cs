using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Http;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClientLb.Grpc.Tests.Infrastructure;

/// <summary>An application that calls gRPC servers over one load-balanced client, made as a user would.</summary>
internal sealed class GrpcApp : IAsyncDisposable
{
    public const string Name = "parrots";

    private readonly ServiceProvider _provider;

    private GrpcApp(IServiceCollection services)
    {
        services.AddLogging(logging => logging.AddProvider(Log).AddFilter("System.Net.Http", LogLevel.None));
        _provider = services.BuildServiceProvider();
        Client = _provider.GetRequiredService<IHttpClientFactory>().CreateClient(Name);
    }

    public LogBook Log { get; } = new();

    public HttpClient Client { get; }

    public Cluster Cluster => _provider.GetRequiredService<ClusterRegistry>().Get(Name);

    /// <summary>A client of some servers, with the library's defaults but for what is configured.</summary>
    public static GrpcApp To(IEnumerable<IParrot> servers, Action<LoadBalancedClientOptions>? client = null, Action<ClusterOptions>? cluster = null)
    {
        var services = new ServiceCollection();
        services.AddClientLb().AddCluster(Name, [.. servers.Select(static server => server.Descriptor)]);
        if (cluster is not null)
        {
            services.AddClientLb().AddCluster(Name, cluster);
        }

        services.AddLoadBalancedHttpClient(Name, client);
        return new(services);
    }

    public static GrpcApp To(params IParrot[] servers) => To(servers, null);

    public Endpoint Endpoint(IParrot server) => Endpoint(server.Descriptor);

    public Endpoint Endpoint(EndpointDescriptor of) =>
        Cluster.Snapshot.Endpoints.Single(endpoint => endpoint.Port == of.Port && endpoint.Host == of.Host);

    /// <summary>Leases that are out: a finished call has none.</summary>
    public int InFlight => Cluster.Snapshot.Endpoints.Sum(static e => e.Load.InFlight);

    public Task NothingInFlightAsync() => Eventually.IsTrueAsync(() => Task.FromResult(InFlight == 0), TimeSpan.FromSeconds(30), "no lease is out");

    public ValueTask DisposeAsync() => _provider.DisposeAsync();
}
