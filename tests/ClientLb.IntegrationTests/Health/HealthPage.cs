using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClientLb.IntegrationTests.Health;

/// <summary>A Kestrel whose health page says what a test wants.</summary>
internal sealed class HealthPage : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HealthPage(WebApplication app) => _app = app;

    public int Status { get; set; } = 200;

    public string Body { get; set; } = "Healthy";

    /// <summary>Every request: its line, its host, and the connection that it came over.</summary>
    public ConcurrentQueue<(string Line, string Host, string Connection)> Seen { get; } = new();

    public ConcurrentQueue<string> ServerNames { get; } = new();

    public EndpointDescriptor Descriptor { get; private set; } = new("127.0.0.1", 1);

    public static async Task<HealthPage> StartAsync(X509Certificate2? certificate = null)
    {
        HealthPage? page = null;
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Parse(LoopbackAddress.Next()), 0, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(https => https.ServerCertificateSelector = (_, name) =>
                {
                    page!.ServerNames.Enqueue(name ?? "");
                    return certificate;
                });
            }
        }));
        builder.WebHost.UseKestrelHttpsConfiguration();
        var app = builder.Build();
        page = new(app);
        app.Run(page.AnswerAsync);
        await app.StartAsync();
        var bound = new Uri(app.Urls.Single());
        page.Descriptor = new(bound.Host, bound.Port);
        return page;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        Seen.Enqueue(($"{request.Method} {request.Path}{request.QueryString}", request.Host.Value ?? "", context.Connection.Id));
        context.Response.StatusCode = Status;

        // Without a length: it goes in chunks.
        return context.Response.WriteAsync(Body, context.RequestAborted);
    }
}
