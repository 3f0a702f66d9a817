using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClientLb.TestBackend;

/// <summary>An instance of a service, in Kestrel: answers with its own name unless a route says otherwise.</summary>
public sealed class BackendServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<SeenRequest> _requests = new();
    private readonly ConcurrentQueue<string> _serverNames = new();

    private volatile int _status;
    private int _opened;
    private int _closed;

    private BackendServer(WebApplication app) => _app = app;

    /// <summary>The address.</summary>
    public string Host { get; private set; } = "";

    /// <summary>The port that it was given.</summary>
    public int Port { get; private set; }

    /// <summary>Address and port, which is its name in answers.</summary>
    public string Authority => $"{Host}:{Port}";

    /// <summary>What it has seen, in order.</summary>
    public IReadOnlyCollection<SeenRequest> Requests => _requests;

    /// <summary>The names that TLS clients asked for.</summary>
    public IReadOnlyCollection<string> ServerNames => _serverNames;

    /// <summary>How many connections have stood, with TLS their handshake included.</summary>
    public int Connections => Volatile.Read(ref _opened);

    /// <summary>How many of them are open.</summary>
    public int OpenConnections => Volatile.Read(ref _opened) - Volatile.Read(ref _closed);

    /// <summary>How many requests have come, those for the number itself left out.</summary>
    public int Count => _requests.Count;

    /// <summary>Starts a server on a free port.</summary>
    /// <param name="address">Where to listen.</param>
    /// <param name="protocols">What it speaks.</param>
    /// <param name="certificate">With it, it speaks TLS.</param>
    /// <param name="port">The port; 0 takes that of the settings, or a free one.</param>
    /// <param name="settings">
    /// <c>key=value</c> each. With any of <c>ClientLb:…</c> it registers with Consul by them; <c>Port</c> is where it listens, if not on a free one,
    /// and <c>ShutdownTimeout</c> how long its end may take.
    /// </param>
    public static async Task<BackendServer> StartAsync(
        IPAddress address, HttpProtocols protocols = HttpProtocols.Http1, X509Certificate2? certificate = null, int port = 0,
        params string[] settings)
    {
        ArgumentNullException.ThrowIfNull(address);
        BackendServer? server = null;
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Configuration.AddCommandLine(settings);
        var end = builder.Configuration["ShutdownTimeout"] is { } text ? TimeSpan.Parse(text, CultureInfo.InvariantCulture) : TimeSpan.FromMilliseconds(200);
        port = port > 0 ? port : int.Parse(builder.Configuration["Port"] ?? "0", CultureInfo.InvariantCulture);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = end);
        if (settings.Any(static setting => setting.StartsWith("ClientLb:", StringComparison.Ordinal)))
        {
            builder.Services.AddConsulRegistration();
        }

        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(address, port, listen =>
        {
            listen.Protocols = protocols;
            if (certificate is not null)
            {
                listen.UseHttps(https => https.ServerCertificateSelector = (_, name) =>
                {
                    server!._serverNames.Enqueue(name ?? "");
                    return certificate;
                });
            }

            listen.Use(next => connection => server!.CountAsync(next, connection));
        }));
        builder.WebHost.UseKestrelHttpsConfiguration();
        var app = builder.Build();
        server = new BackendServer(app);
        app.UseWebSockets();
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        var bound = new Uri(app.Urls.Single());
        server.Host = bound.Host;
        server.Port = bound.Port;
        return server;
    }

    /// <summary>Ends as a host does that is asked to, calls in flight included.</summary>
    public Task StopAsync() => _app.StopAsync();

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task CountAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        Interlocked.Increment(ref _opened);
        try
        {
            await next(connection);
        }
        finally
        {
            Interlocked.Increment(ref _closed);
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var route = context.Request.Path.Value!.Trim('/').Split('/');
        if (route[0] == "count")
        {
            await context.Response.WriteAsync(Count.ToString());
            return;
        }

        if (route[0] == "become")
        {
            _status = int.Parse(route[1], CultureInfo.InvariantCulture);
            return;
        }

        _requests.Enqueue(new(context.Request.Method, context.Request.Path, context.Request.Host.Value ?? "",
            context.Request.Headers.ToDictionary(static h => h.Key, static h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        if (_status != 0)
        {
            // Whatever is asked, at once.
            context.Response.StatusCode = _status;
            return;
        }

        try
        {
            await BackendRoutes.AnswerAsync(context, route, Authority);
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectionResetException or IOException)
        {
            context.Abort();
        }
    }
}
