using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ClientLb.Grpc.Tests.Infrastructure;

/// <summary>A server of the service Parrot in this process, in Kestrel. The protocol is written by hand: .NET's own library is an optional package.</summary>
internal sealed class KestrelParrot : IParrot
{
    private readonly WebApplication _app;
    private int _begun;
    private int _open;
    private int _cancelled;

    private KestrelParrot(WebApplication app) => _app = app;

    public EndpointDescriptor Descriptor { get; private set; } = null!;

    /// <summary>The status that every call ends with, and where; 0 where none was ordered.</summary>
    public (int Status, StatusPlace Place) Ordered { get; private set; }

    public static async Task<IParrot> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(static o => o.ShutdownTimeout = TimeSpan.FromMilliseconds(200));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(
            System.Net.IPAddress.Parse(LoopbackAddress.Next()), 0, static listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        var server = new KestrelParrot(app);
        app.Run(context => new ParrotAnswer(server, context).RunAsync());
        await app.StartAsync();
        var bound = new Uri(app.Urls.Single());
        server.Descriptor = new(bound.Host, bound.Port);
        return server;
    }

    public Task FailAsync(int status, StatusPlace place)
    {
        Ordered = (status, place);
        return Task.CompletedTask;
    }

    public Task HealAsync() => FailAsync(0, default);

    public Task<ParrotState> StateAsync() => Task.FromResult(new ParrotState(Volatile.Read(ref _begun), Volatile.Read(ref _open), Volatile.Read(ref _cancelled)));

    public void OnBegin()
    {
        Interlocked.Increment(ref _begun);
        Interlocked.Increment(ref _open);
    }

    public void OnEnd(bool isCancelled)
    {
        Interlocked.Decrement(ref _open);
        if (isCancelled)
        {
            Interlocked.Increment(ref _cancelled);
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Leaves the signals of the process alone.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
