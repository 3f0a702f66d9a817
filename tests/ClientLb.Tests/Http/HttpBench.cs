using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Http;
using ClientLb.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClientLb.Tests.Http;

/// <summary>A client as a user makes it, over handlers that answer as the test says.</summary>
internal sealed class HttpBench : IAsyncDisposable
{
    private readonly ServiceProvider _provider;
    private readonly List<HttpRequestMessage> _sent = [];
    private int _count;

    public HttpBench(
        Func<HttpRequestMessage, int, CancellationToken, Task<HttpResponseMessage>> answer, Action<LoadBalancedClientOptions>? options = null, Action<IHttpClientBuilder>? client = null,
        Action<ClusterOptions>? cluster = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(Log);
        var builder = services.AddLoadBalancedHttpClient("orders", o =>
        {
            o.Retry.BaseDelay = o.Retry.MaxDelay = TimeSpan.Zero;
            options?.Invoke(o);
        });
        client?.Invoke(builder);
        services.AddClientLb().AddCluster("orders", TestCluster.Ports(1, 2, 3));
        if (cluster is not null)
        {
            services.AddClientLb().AddCluster("orders", cluster);
        }

        _provider = services.BuildServiceProvider();
        Clients.HandlerFactory = _ => new Answering(this, answer);
    }

    public LogBook Log { get; } = new();

    public LoadBalancedClients Clients => _provider.GetRequiredService<LoadBalancedClients>();

    public Cluster Cluster => _provider.GetRequiredService<ClusterRegistry>().Get("orders");

    public IHttpClientFactory Factory => _provider.GetRequiredService<IHttpClientFactory>();

    public HttpClient Client => Factory.CreateClient("orders");

    /// <summary>What the handlers got, in order.</summary>
    public IReadOnlyList<HttpRequestMessage> Sent
    {
        get
        {
            lock (_sent)
            {
                return [.. _sent];
            }
        }
    }

    public int InFlight => Cluster.Snapshot.Endpoints.Sum(static endpoint => endpoint.Load.InFlight);

    public static Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, int status = 200, string body = "ok") =>
        Task.FromResult(new HttpResponseMessage((System.Net.HttpStatusCode)status) { Content = new StringContent(body), RequestMessage = request });

    public ValueTask DisposeAsync() => _provider.DisposeAsync();

    private sealed class Answering(HttpBench bench, Func<HttpRequestMessage, int, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            lock (bench._sent)
            {
                bench._sent.Add(request);
            }

            return answer(request, Interlocked.Increment(ref bench._count), cancellationToken);
        }
    }
}
