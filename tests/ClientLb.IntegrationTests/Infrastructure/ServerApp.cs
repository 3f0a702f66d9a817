using System.Net;
using ClientLb.AspNetCore;
using ClientLb.Endpoints;
using ClientLb.TestBackend;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>A server in Kestrel with the middleware in front of what a test has it do.</summary>
internal sealed class ServerApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _arrived;
    private int _ran;

    private ServerApp(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = null!;

    public EndpointDescriptor Descriptor => new(Address.Host, Address.Port);

    /// <summary>Requests that came to the server.</summary>
    public int Arrived => Volatile.Read(ref _arrived);

    /// <summary>Requests that the middleware let through.</summary>
    public int Ran => Volatile.Read(ref _ran);

    public ServerRuntime Runtime => _app.Services.GetRequiredService<ServerRuntime>();

    public static async Task<ServerApp> StartAsync(
        RequestDelegate handler, Action<ClientLbServerOptions>? configure = null, HttpProtocols protocols = HttpProtocols.Http1)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(static o => o.ShutdownTimeout = TimeSpan.FromMilliseconds(200));
        builder.Services.AddClientLbServer(configure);
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Parse(LoopbackAddress.Next()), 0, listen => listen.Protocols = protocols));
        var app = builder.Build();
        var server = new ServerApp(app);
        app.Use(next => context =>
        {
            Interlocked.Increment(ref server._arrived);
            return next(context);
        });
        app.UseClientLb();
        app.Run(context =>
        {
            Interlocked.Increment(ref server._ran);
            return handler(context);
        });
        await app.StartAsync();
        server.Address = new Uri(app.Urls.Single());
        return server;
    }

    public HttpClient Client() => new() { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
