using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Samples.Failover.Display;
using ClientLb.Samples.Failover.Fleet;
using ClientLb.Samples.Failover.Load;
using ClientLb.Samples.Failover.Observation;
using ClientLb.Samples.Failover.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClientLb.Samples.Grpc;

/// <summary>One fault in a world of its own: three servers, a client, a steady load.</summary>
internal sealed class GrpcRun(GrpcFault fault, TimeSpan length, IDisplay display)
{
    private const int CallsPerSecond = 100;

    private readonly RunTimes _times = new();

    public async Task<ScenarioResult> RunAsync(CancellationToken cancellationToken)
    {
        using var journal = new Journal();
        var network = new Loopback();
        var servers = Language.Three().Select(language => new OrdersServer(language, network.Next())).ToList();
        try
        {
            await Task.WhenAll(servers.Select(static server => server.StartAsync()));
            using var meter = new AttemptMeter();
            await using var provider = CreateClient(servers, journal);
            using var orders = fault.Way.Create(provider);
            using var load = new LoadGenerator(orders.GetAsync, CallsPerSecond);
            var victim = servers[fault.Victim];
            var monitor = new RunMonitor(fault, "none", _times, provider.GetRequiredService<ClusterRegistry>().Get("orders"), meter, load, journal);
            await display.ShowAsync(monitor, () => PlayAsync(victim, load, meter, journal, cancellationToken));
            return ResultBuilder.Build(fault, "none", _times, victim.Id, load.Calls, meter, journal);
        }
        finally
        {
            await Task.WhenAll(servers.Select(static server => server.DisposeAsync().AsTask()));
        }
    }

    /// <summary>The whole client side of the sample: this is what an application writes.</summary>
    private static ServiceProvider CreateClient(IEnumerable<OrdersServer> servers, Journal journal)
    {
        var services = new ServiceCollection();
        services.AddClientLbGrpc();
        services.AddLogging(logging => logging.AddProvider(journal).AddFilter("System.Net.Http", LogLevel.Warning));
        services.AddClientLb().AddCluster("orders", [.. servers.Select(static server => server.Descriptor)]);

        // The default goes where answers come soonest. Three libraries are not equally quick, and whoever gets no calls can't be seen to fail.
        services.AddClientLb().AddCluster("orders", static cluster => cluster.Policy = "round_robin");

        // Nothing on the wire tells what may be carried out twice.
        services.AddLoadBalancedHttpClient("orders", static client => client.Grpc.IdempotentMethods.Add("/samples.Orders/Get"));
        return services.BuildServiceProvider();
    }

    private async Task PlayAsync(OrdersServer victim, LoadGenerator load, AttemptMeter meter, Journal journal, CancellationToken cancellationToken)
    {
        var schedule = Schedule.For(length);
        load.Start();
        try
        {
            await Task.Delay(schedule.WarmUp, cancellationToken);
            _times.Start = MonotonicClock.System.Now;
            await Task.Delay(schedule.Before, cancellationToken);
            _times.Hurt = MonotonicClock.System.Now;
            journal.Note($"{fault.Name}: {victim.Id}");
            await fault.HurtAsync(victim);
            await Task.Delay(schedule.Fault, cancellationToken);
            _times.Heal = MonotonicClock.System.Now;
            journal.Note($"{victim.Id} is as before");
            await Task.WhenAll(fault.HealAsync(victim), Task.Delay(schedule.Recovery, cancellationToken));
            await VictimWatch.RunAsync(_times, victim.Id, fault.ComesBack ? victim.ListensSince : null, meter, cancellationToken);
            _times.End = MonotonicClock.System.Now;
        }
        finally
        {
            await load.StopAsync();
        }
    }
}
