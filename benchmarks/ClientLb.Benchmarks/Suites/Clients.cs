using System.Diagnostics.Metrics;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Http;
using ClientLb.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Benchmarks.Suites;

/// <summary>The clients that are compared, each in a container of its own, all over the same kind of handler in memory.</summary>
internal sealed class Clients(bool hasBody, bool waits) : IDisposable
{
    public const string Plain = "factory client";

    private const string Name = "orders";
    private readonly List<IDisposable> _owned = [];

    public IReadOnlyList<(string Name, HttpClient Client)> All() =>
    [
        (Plain, Factory(static builder => builder)),
        ("factory client, no loggers", Factory(static builder => builder.RemoveAllLoggers())),
        ("bare HttpClient", Own(new HttpClient(new MemoryHandler(hasBody, waits)))),
        ("ClientLb", Balanced(static builder => builder)),
        ("ClientLb, no loggers", Balanced(static builder => builder.RemoveAllLoggers())),
        ("ClientLb, metrics on", Balanced(static builder => builder, hasMetrics: true)),
        ("ClientLb, deadlines always sent", Balanced(static builder => builder, configure: static o => o.Deadlines.Send = DeadlineSending.Always)),
        ("ClientLb, request ids", Balanced(static builder => builder, configure: static o => o.RequestIdHeader = "X-Request-ID")),
        ("ClientLb, rewriting", Rewriting(static builder => builder)),
        ("ClientLb, rewriting, no loggers", Rewriting(static builder => builder.RemoveAllLoggers())),
        ("by hand: round robin + Polly", Factory(static builder => builder.AddHttpMessageHandler(static () => new HandWrittenHandler()))),
    ];

    public void Dispose() => _owned.ForEach(static owned => owned.Dispose());

    private HttpClient Factory(Func<IHttpClientBuilder, IHttpClientBuilder> configure)
    {
        var services = new ServiceCollection();
        configure(services.AddHttpClient(Name).ConfigurePrimaryHttpMessageHandler(() => new MemoryHandler(hasBody, waits)));
        return Create(services);
    }

    private HttpClient Balanced(Func<IHttpClientBuilder, IHttpClientBuilder> build, bool hasMetrics = false, Action<LoadBalancedClientOptions>? configure = null)
    {
        var services = new ServiceCollection();
        build(services.AddLoadBalancedHttpClient(Name, configure));
        services.AddClientLb().AddCluster(Name, BenchmarkCluster.Descriptors(3));
        return Create(services, hasMetrics, provider => provider.GetRequiredService<LoadBalancedClients>().HandlerFactory = _ => new MemoryHandler(hasBody, waits));
    }

    private HttpClient Rewriting(Func<IHttpClientBuilder, IHttpClientBuilder> configure)
    {
        var services = new ServiceCollection();
        configure(services.AddHttpClient(Name).ConfigurePrimaryHttpMessageHandler(() => new MemoryHandler(hasBody, waits)).AddLoadBalancing());
        services.AddClientLb().AddCluster(Name, BenchmarkCluster.Descriptors(3));
        return Create(services, false, static _ => { });
    }

    private HttpClient Create(ServiceCollection services, bool hasMetrics = false, Action<IServiceProvider>? prepare = null)
    {
        var provider = Own(services.BuildServiceProvider());
        if (prepare is not null)
        {
            prepare(provider);
            var cluster = provider.GetRequiredService<ClusterRegistry>().Get(Name);
            if (!cluster.ResolvedAsync(default).AsTask().GetAwaiter().GetResult().IsResolved)
            {
                throw new InvalidOperationException("The cluster has no endpoints.");
            }
        }

        if (hasMetrics)
        {
            Listen(provider.GetRequiredService<IMeterFactory>());
        }

        return provider.GetRequiredService<IHttpClientFactory>().CreateClient(Name);
    }

    /// <summary>Listens as an exporter does, to the meters of one container only.</summary>
    private void Listen(IMeterFactory factory)
    {
        var listener = Own(new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == ClientLbTelemetry.MeterName && ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        });
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        listener.Start();
    }

    private T Own<T>(T owned) where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
