using ClientLb.Consul;
using ClientLb.Consul.ConsulPackage;
using ClientLb.Discovery;
using ClientLb.IntegrationTests.Infrastructure;
using global::Consul;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClientLb.IntegrationTests.ConsulPackage;

public class ConsulPackageTests
{
    [ConsulFact]
    public async Task Watch_over_a_client_of_the_package_sees_changes_at_once_and_leaves_the_client_alone()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await agent.Api.RegisterAsync("web", "web-1", "10.0.0.1", 1, tags: ["blue", "v2"], meta: new() { ["zone"] = "z1" });
        await agent.Api.RegisterAsync("web", "web-2", "10.0.0.1", 2, tags: ["blue"]);
        using var client = new global::Consul.ConsulClient(new ConsulClientConfiguration { Address = agent.Uri });
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConsulClient>(client);
        services.AddClientLb().AddConsul(static o =>
        {
            o.Addresses.Add("http://nobody.invalid:1");
            o.Tags.Add("blue");
            o.Tags.Add("v2");
        }).UseConsulClient();
        var reader = new SourceReader();
        using (var stop = new CancellationTokenSource())
        {
            await using var provider = services.BuildServiceProvider();
            reader.Run(provider.GetServices<IEndpointSource>().Single(static s => s is ConsulEndpointSource), "web", stop.Token);
            await reader.SeesPortsAsync(10, 1);
            await agent.Api.RegisterAsync("web", "web-3", "10.0.0.1", 3, tags: ["v2", "blue"], checkStatus: "critical");
            await reader.SeesPortsAsync(10, 1, 3);
            await stop.CancelAsync();
            await reader.Completion;
        }

        Assert.Equal("z1", reader.Endpoints[0].Locality.Zone);
        Assert.Equal($"dc1/{agent.Node}/web-1", reader.Endpoints[0].Id);
        Assert.Equal(ClientLb.Endpoints.RegistryStatus.Critical, reader.Endpoints[1].Status);
        Assert.DoesNotContain(reader.Updates, static u => u.Error is not null);
        Assert.NotEmpty(await client.Status.Leader());
    }

    [ConsulFact]
    public async Task Errors_of_the_package_say_what_to_check()
    {
        await using var agent = await ConsulAgent.StartDevAsync("acl { enabled = true default_policy = \"allow\" }");
        using var client = new global::Consul.ConsulClient(new ConsulClientConfiguration { Address = agent.Uri, Token = "11111111-2222-3333-4444-555555555555" });
        var transport = new PackageTransport(client, TimeProvider.System);
        var error = await Assert.ThrowsAsync<DiscoveryException>(
            () => transport.QueryAsync(agent.Uri, ConsulQuery.Create(new("web"), new(), new()), 0, default, ConsulConsistency.Leader, CancellationToken.None));
        var query = await Assert.ThrowsAsync<DiscoveryException>(() => transport.QueryAsync(
            agent.Uri, ConsulQuery.Create(new("web"), new(), new() { PreparedQuery = "none" }), 0, default, ConsulConsistency.Leader, CancellationToken.None));

        Assert.Equal((DiscoveryErrorKind.Denied, DiscoveryErrorKind.Invalid), (error.Kind, query.Kind));
        Assert.Contains("PreparedQuery", query.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Configuration_of_the_package_is_taken_over()
    {
        var services = new ServiceCollection();
        services.AddClientLb().AddConsul(new ConsulClientConfiguration
        {
            Address = new("http://agent:8501"),
            Token = "secret",
            Datacenter = "dc2",
            Namespace = "team",
            WaitTime = TimeSpan.FromSeconds(20),
        });
        using var provider = services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptions<ConsulOptions>>().Value;

        Assert.Equal(["http://agent:8501/"], options.Addresses);
        Assert.Equal(("secret", "dc2", "team"), (options.Token, options.Datacenter, options.Namespace));
        Assert.Equal(TimeSpan.FromSeconds(20), options.Wait);
    }
}
