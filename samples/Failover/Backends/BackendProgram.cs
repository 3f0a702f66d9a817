using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClientLb.Samples.Failover.Backends;

/// <summary>
/// A backend: a web server in a process of its own, which ends on SIGTERM and when its parent does. It warms up before it announces
/// itself, and withdraws before it stops, as a service should.
/// </summary>
internal static class BackendProgram
{
    private static readonly TimeSpan WithdrawnBeforeStop = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(BackendSettings settings)
    {
        var work = new SimulatedWork(settings.Seed);
        await using var app = Build(settings, work);
        await app.StartAsync();
        var stop = app.Lifetime.ApplicationStopping;
        new Thread(() => Listen(work, app.Lifetime)) { IsBackground = true }.Start();

        var url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var own = IPEndPoint.Parse(new Uri(url).Authority);
        Console.WriteLine($"{BackendReport.Listening} {own}");
        var address = settings.Advertised ?? own;
        IAnnouncer announcer = settings.Consul is null
            ? new ParentAnnouncer(address.ToString())
            : new ConsulAnnouncer(settings.Consul, settings.Id, address);
        try
        {
            await WarmUpAsync(own, stop);
            await announcer.AnnounceAsync(stop);
        }
        catch (OperationCanceledException)
        {
            // SIGTERM, or the parent has ended.
        }

        _ = Task.Delay(LongestStop).ContinueWith(static _ => Environment.Exit(0), TaskScheduler.Default);
        await announcer.WithdrawAsync();
        await Task.Delay(WithdrawnBeforeStop);
        await app.StopAsync();
        return 0;
    }

    private static WebApplication Build(BackendSettings settings, SimulatedWork work)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(settings.Address, settings.Port));
        var app = builder.Build();
        app.MapGet("/orders/{id}", (RequestDelegate)work.AnswerAsync);
        app.MapGet("/health", static context => context.Response.WriteAsync("well"));
        return app;
    }

    /// <summary>Takes orders from the parent. The end of its words is the end of the parent: whatever became of that, nothing is left behind.</summary>
    private static void Listen(SimulatedWork work, IHostApplicationLifetime lifetime)
    {
        while (Console.ReadLine() is { } command)
        {
            work.Obey(command);
        }

        lifetime.StopApplication();
    }

    private static async Task WarmUpAsync(IPEndPoint own, CancellationToken stop)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://{own}/") };
        for (var i = 0; i < 40; i++)
        {
            await client.GetStringAsync("orders/0", stop);
        }
    }
}
