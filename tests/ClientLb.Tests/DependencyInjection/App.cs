using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Http;
using ClientLb.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClientLb.Tests.DependencyInjection;

/// <summary>An application as a user builds it, with handlers in place of sockets.</summary>
internal sealed class App : IDisposable, IAsyncDisposable
{
    private readonly ServiceProvider _provider;

    public App(Action<IServiceCollection> configure, params (string Key, string? Value)[] settings)
    {
        Settings = new ReloadableSource(settings);
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(Settings.Root());
        services.AddSingleton<ILoggerFactory>(Log);
        configure(services);
        _provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        if (_provider.GetService<LoadBalancedClients>() is { } clients)
        {
            clients.HandlerFactory = endpoint => new StubHandler(Sent, endpoint);
        }
    }

    public ReloadableSource Settings { get; }

    public LogBook Log { get; } = new();

    public SentRequests Sent { get; set; } = new();

    public IServiceProvider Services => _provider;

    public ClusterRegistry Clusters => _provider.GetRequiredService<ClusterRegistry>();

    public HttpClient Client(string name) => _provider.GetRequiredService<IHttpClientFactory>().CreateClient(name);

    public void Dispose() => _provider.Dispose();

    public ValueTask DisposeAsync() => _provider.DisposeAsync();
}
