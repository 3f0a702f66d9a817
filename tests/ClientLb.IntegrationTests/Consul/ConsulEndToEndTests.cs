using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClientLb.IntegrationTests.Consul;

/// <summary>From the registry to the call, through the container of a host.</summary>
public class ConsulEndToEndTests
{
    [ConsulFact]
    public async Task Calls_go_to_what_consul_lists()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await using var one = await StartBackendAsync("one");
        await using var two = await StartBackendAsync("two");
        await agent.Api.RegisterAsync("orders", "orders-1", "127.0.0.1", PortOf(one));
        using var host = CreateHost(("ClientLb:Consul:Addresses", agent.Uri.AbsoluteUri));
        await host.StartAsync();
        using var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("orders");

        Assert.Equal("one", await client.GetStringAsync("http://orders/"));
        await agent.Api.RegisterAsync("orders", "orders-2", "127.0.0.1", PortOf(two));
        await Eventually.IsTrueAsync(
            async () => await client.GetStringAsync("http://orders/") == "two", TimeSpan.FromSeconds(5), "the new instance is called");
        await agent.Api.SetServiceMaintenanceAsync("orders-1", on: true);
        await Eventually.IsTrueAsync(
            async () =>
            {
                var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.GetStringAsync("http://orders/")));
                return answers.All(static a => a == "two");
            },
            TimeSpan.FromSeconds(5), "the instance in maintenance is left alone");
        await host.StopAsync();
    }

    [Fact]
    public async Task Bad_settings_stop_the_start_and_are_all_named()
    {
        using var host = CreateHost(("ClientLb:Consul:Wait", "11m"), ("ClientLb:Clusters:orders:Consul:Servce", "x"));
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Contains("ClientLb:Consul:Wait = '11m'", error.Message, StringComparison.Ordinal);
        Assert.Contains("did you mean Service?", error.Message, StringComparison.Ordinal);
    }

    private static IHost CreateHost(params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(settings.Select(static s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.Services.AddClientLb().AddConsul();
        builder.Services.AddLoadBalancedHttpClient("orders");
        return builder.Build();
    }

    private static async Task<WebApplication> StartBackendAsync(string name)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var backend = builder.Build();
        backend.Urls.Add("http://127.0.0.1:0");
        backend.Run(context => context.Response.WriteAsync(name));
        await backend.StartAsync();
        return backend;
    }

    private static int PortOf(WebApplication backend) => new Uri(backend.Urls.First()).Port;
}
