using System.Diagnostics;
using ClientLb.Clusters;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.EndToEnd;

/// <summary>The life of an application: it starts with its endpoints known, and ends at once.</summary>
public class HostTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_attempt = TimeSpan.FromSeconds(3);

    [ConsulFact]
    public async Task Warm_up_knows_the_endpoints_before_the_host_is_ready()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await using var backends = await BackendGroup.StartAsync(1);
        await ConsulStack.RegisterAsync(agent.Api, backends[0]);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddClientLb().AddConsul(o => o.Addresses.Add(agent.Uri.AbsoluteUri)).WarmUp("orders");
        builder.Services.AddLoadBalancedHttpClient("orders");
        using var host = builder.Build();
        await host.StartAsync();

        var snapshot = host.Services.GetRequiredService<ClusterRegistry>().Get("orders").Snapshot;
        Assert.True(snapshot.IsResolved);
        Assert.Equal(backends[0].Authority, Assert.Single(snapshot.Eligible).Authority);
        using var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
        Assert.Equal(backends[0].Authority, await client.GetStringAsync("/"));
        await host.StopAsync();
    }

    [ConsulFact]
    public async Task Container_ends_soon_with_calls_in_flight_and_watches_held()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await using var backends = await BackendGroup.StartAsync(2);
        await ConsulStack.RegisterAsync(agent.Api, backends[0]);
        await ConsulStack.RegisterAsync(agent.Api, backends[1]);
        await EndAsync(agent, backends, static async provider => await provider.DisposeAsync());
        await EndAsync(agent, backends, static provider =>
        {
            provider.Dispose();
            return Task.CompletedTask;
        });
    }

    private async Task EndAsync(ConsulAgent agent, BackendGroup backends, Func<ServiceProvider, Task> end)
    {
        var services = new ServiceCollection();
        services.AddLoadBalancedHttpClient("orders", static o => o.Timeouts.Attempt = s_attempt);
        services.AddClientLb().AddConsul(o => o.Addresses.Add(agent.Uri.AbsoluteUri));
        var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
        var before = backends.Requests.Count();
        var calls = Enumerable.Range(0, 20).Select(_ => client.GetAsync("/delay/30000")).ToList();
        await Eventually.IsTrueAsync(() => Task.FromResult(backends.Requests.Count() == before + 20), TimeSpan.FromSeconds(20), "20 calls are in flight");

        var clock = Stopwatch.StartNew();
        await end(provider);
        output.WriteLine($"disposed after {clock.ElapsedMilliseconds} ms");
        Assert.True(clock.Elapsed < s_patience, $"The container took {clock.Elapsed}.");
        foreach (var call in calls)
        {
            // Answers may still come, as with any HttpClient; the time limits stay in force, and then there is nobody to repeat the call.
            var error = await Record.ExceptionAsync(() => call.WaitAsync(TimeSpan.FromSeconds(20)));
            Assert.True(error is HttpRequestException or OperationCanceledException or ObjectDisposedException, $"{error}");
        }
    }
}
