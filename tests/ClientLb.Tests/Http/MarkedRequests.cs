using System.Net;
using ClientLb.Clusters;
using ClientLb.Http;
using ClientLb.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Tests.Http;

/// <summary>A client with connections of its own, in virtual time, over a handler that notes the headers of every attempt.</summary>
internal sealed class MarkedRequests : IAsyncDisposable
{
    private readonly ServiceProvider _provider;
    private readonly HttpMessageInvoker _client;

    public MarkedRequests(Action<LoadBalancedClientOptions>? configure = null, bool isRewriting = false)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Time);
        services.AddClientLb().AddCluster("orders", TestCluster.Ports(1, 2, 3));
        if (isRewriting)
        {
            services.AddHttpClient("orders").ConfigurePrimaryHttpMessageHandler(() => new Handler(this)).AddLoadBalancing();
        }
        else
        {
            services.AddLoadBalancedHttpClient("orders", configure);
        }

        _provider = services.BuildServiceProvider();
        _provider.GetRequiredService<LoadBalancedClients>().HandlerFactory = _ => new Handler(this);
        _client = new HttpMessageInvoker(_provider.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler("orders"), disposeHandler: false);
    }

    public VirtualTime Time { get; } = new();

    /// <summary>The headers of each attempt.</summary>
    public List<Dictionary<string, string>> Attempts { get; } = [];

    /// <summary>Attempts that fail before they are sent, each after so much time.</summary>
    public int Failing { get; set; }

    public TimeSpan Step { get; } = TimeSpan.FromMilliseconds(300);

    public IEnumerable<string?> Sent(string header) => Attempts.Select(headers => headers.GetValueOrDefault(header));

    public async Task SendAsync(HttpRequestMessage request, bool isAsync = true)
    {
        Assert.True((await _provider.GetRequiredService<ClusterRegistry>().Get("orders").ResolvedAsync(default)).IsResolved);
        using var response = isAsync ? await _client.SendAsync(request, default) : _client.Send(request, default);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _provider.DisposeAsync();
    }

    private sealed class Handler(MarkedRequests owner) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(Send(request, cancellationToken));

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            owner.Attempts.Add(request.Headers.NonValidated.ToDictionary(static h => h.Key, static h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
            if (owner.Attempts.Count <= owner.Failing)
            {
                owner.Time.Jump(owner.Step.TotalSeconds);
                throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
            }

            return new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request };
        }
    }
}
