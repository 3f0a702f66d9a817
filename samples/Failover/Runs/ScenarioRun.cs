using System.Globalization;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Samples.Failover.CommandLine;
using ClientLb.Samples.Failover.Display;
using ClientLb.Samples.Failover.Fleet;
using ClientLb.Samples.Failover.Load;
using ClientLb.Samples.Failover.Observation;
using ClientLb.Samples.Failover.Registries;
using ClientLb.Samples.Failover.Scenarios;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClientLb.Samples.Failover.Runs;

/// <summary>One scenario in a world of its own: a registry, three backends, a client, a steady load, a fault.</summary>
internal sealed class ScenarioRun(Scenario scenario, FailoverOptions options, IDisplay display)
{
    private readonly RunTimes _times = new();

    public async Task<ScenarioResult> RunAsync(CancellationToken cancellationToken)
    {
        using var journal = new Journal();
        var network = new Loopback();
        await using var registry = await RegistryChoice.StartAsync(options.Embedded, scenario.KillsRegistry, network, cancellationToken);
        await using var fleet = new BackendFleet();
        await fleet.StartAsync(scenario, registry, network, options.Seed, cancellationToken);
        using var meter = new AttemptMeter();
        await using var provider = CreateClient(registry, journal);
        using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
        using var load = new LoadGenerator(() => CallAsync(client), options.Rate ?? scenario.Rate);
        var monitor = new RunMonitor(scenario, registry.Name, _times, provider.GetRequiredService<ClusterRegistry>().Get("orders"), meter, load, journal);
        var world = new World(registry, fleet.Backends, fleet.Victim, new Random(options.Seed), journal);
        await display.ShowAsync(monitor, () => PlayAsync(world, load, meter, cancellationToken));
        return ResultBuilder.Build(scenario, registry.Name, _times, fleet.Victim.Id, load.Calls, meter, journal);
    }

    /// <summary>The whole client side of the sample: this is what an application writes.</summary>
    private static ServiceProvider CreateClient(IRegistry registry, Journal journal)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(journal).AddFilter("System.Net.Http", LogLevel.Warning));
        registry.AddTo(services.AddClientLb());
        services.AddLoadBalancedHttpClient("orders");
        return services.BuildServiceProvider();
    }

    private static async Task<(string Status, bool IsFailed)> CallAsync(HttpClient client)
    {
        using var response = await client.GetAsync("orders/17");
        return (((int)response.StatusCode).ToString(CultureInfo.InvariantCulture), !response.IsSuccessStatusCode);
    }

    private async Task PlayAsync(World world, LoadGenerator load, AttemptMeter meter, CancellationToken cancellationToken)
    {
        var schedule = Schedule.For(options.Length);
        load.Start();
        try
        {
            await Task.Delay(schedule.WarmUp, cancellationToken);
            _times.Start = MonotonicClock.System.Now;
            await Task.Delay(schedule.Before, cancellationToken);
            _times.Hurt = MonotonicClock.System.Now;
            await scenario.HurtAsync(world, schedule.Fault, cancellationToken);
            _times.Heal = MonotonicClock.System.Now;
            await Task.WhenAll(scenario.HealAsync(world, cancellationToken), Task.Delay(schedule.Recovery, cancellationToken));
            if (scenario.HasVictim)
            {
                await VictimWatch.RunAsync(_times, world.Victim.Id, scenario.ComesBack ? world.Victim.ListensSince : null, meter, cancellationToken);
            }

            _times.End = MonotonicClock.System.Now;
        }
        finally
        {
            await load.StopAsync();
        }
    }
}
