using System.Net;
using ClientLb.Discovery;
using ClientLb.IntegrationTests.Infrastructure;
using ClientLb.TestBackend;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.EndToEnd;

/// <summary>Endpoints that are given by name.</summary>
public class NameTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Localhost_is_an_address_to_dial_and_still_the_host_that_is_asked_for()
    {
        await using var backend = await BackendServer.StartAsync(IPAddress.Loopback);
        await using var app = App($"localhost:{backend.Port}", null);

        Assert.Equal(backend.Authority, await app.Client.GetStringAsync("http://orders/"));

        Assert.Equal(backend.Authority, Assert.Single(app.Cluster.Snapshot.Eligible).Authority);
    }

    [Fact]
    public async Task Name_that_moves_from_one_backend_to_another_under_load_costs_no_call()
    {
        var addresses = new[] { LoopbackAddress.Next(), LoopbackAddress.Next() };
        await using var first = await BackendServer.StartAsync(IPAddress.Parse(addresses[0]));
        await using var second = await BackendServer.StartAsync(IPAddress.Parse(addresses[1]), port: first.Port);
        var names = new NameBook(addresses[0]);
        await using var app = App($"orders.svc:{first.Port}", names);
        var load = SteadyLoad.Start(app.Client, "http://orders/delay/5", 50);
        await load.AnswersFromAsync(first.Authority, 20);

        names.Set(addresses);
        await load.AnswersFromAsync(second.Authority, 20);
        names.Set(addresses[1]);
        await Eventually.IsTrueAsync(
            () => Task.FromResult(app.Cluster.Snapshot.Endpoints is [var only] && only.Authority == second.Authority),
            TimeSpan.FromSeconds(20), "the address that is gone is retired");
        await first.DisposeAsync();
        await load.MoreAsync(50);

        // Dead before the name server says so: the other address serves.
        await using var third = await BackendServer.StartAsync(IPAddress.Parse(LoopbackAddress.Next()), port: first.Port);
        names.Set(third.Host, addresses[1]);
        await load.AnswersFromAsync(third.Authority, 5);
        await second.DisposeAsync();
        await load.AnswersFromAsync(third.Authority, 50);
        output.WriteLine($"{await load.StopWithoutFailureAsync(app.Log)} calls, none failed");
    }

    private static BalancedApp App(string endpoint, INameResolver? names) => BalancedApp.Of("orders", services =>
    {
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([
            KeyValuePair.Create("ClientLb:Clusters:orders:Endpoints", (string?)endpoint),
            KeyValuePair.Create("ClientLb:Clusters:orders:Dns:Refresh", (string?)"1s")]).Build());
        if (names is not null)
        {
            services.AddSingleton(names);
        }
    });
}
