using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.EndToEnd;

/// <summary>Consul, and where it has nothing left the list in the configuration.</summary>
public class FallbackSourceTests(ITestOutputHelper output)
{
    [ConsulFact]
    public async Task List_in_the_configuration_stands_in_while_consul_has_nobody_and_no_call_fails()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await using var backends = await BackendGroup.StartAsync(4);
        var (fallback, spare) = (backends[2], backends[3]);
        await ConsulStack.RegisterAsync(agent.Api, backends[0]);
        await ConsulStack.RegisterAsync(agent.Api, backends[1]);
        await using var app = BalancedApp.Of("orders", services =>
        {
            services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([
                KeyValuePair.Create("ClientLb:Clusters:orders:Sources", (string?)"consul, configuration"),
                KeyValuePair.Create("ClientLb:Clusters:orders:Endpoints", (string?)fallback.Authority)]).Build());
            services.AddClientLb().AddConsul(o => o.Addresses.Add(agent.Uri.AbsoluteUri));
        });
        var load = SteadyLoad.Start(app.Client, "http://orders/delay/5", 50);

        await load.AnswersFromAsync(backends[0].Authority, 20);
        await load.AnswersFromAsync(backends[1].Authority, 20);
        await Eventually.IsTrueAsync(() => Task.FromResult(app.Cluster.Snapshot.Endpoints.Count == 3), TimeSpan.FromSeconds(20), "both lists are known");
        Assert.Equal(0, fallback.Count);

        await backends[0].DisposeAsync();

        // The last one dies without a word: its calls go to the fallback before any list says so.
        await backends[1].DisposeAsync();
        var took = await load.AnswersFromAsync(fallback.Authority, 20);
        output.WriteLine($"20 answers of the fallback after {took.TotalMilliseconds:0} ms; {app.Cluster.Discovery.Note}");
        await agent.Api.DeregisterAsync(backends[0].Authority);
        await agent.Api.DeregisterAsync(backends[1].Authority);
        await load.MoreAsync(50);

        await ConsulStack.RegisterAsync(agent.Api, spare);
        await load.AnswersFromAsync(spare.Authority, 20);
        await Eventually.IsTrueAsync(() => Task.FromResult(load.InFlight <= 1), TimeSpan.FromSeconds(20), "earlier calls are answered");
        var before = load.AnswersOf(fallback.Authority);
        await load.MoreAsync(50);
        Assert.InRange(load.AnswersOf(fallback.Authority) - before, 0, 1);
        output.WriteLine($"{await load.StopWithoutFailureAsync(app.Log)} calls, none failed");
    }
}
