using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using ClientLb.Consul;
using ClientLb.Consul.Registration;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace ClientLb.IntegrationTests.Consul;

/// <summary>Servers in processes of their own that register themselves with a real agent, and what may happen to either.</summary>
public class ConsulRegistrationTests(ITestOutputHelper output)
{
    private const string ShortTtl = "Checks:0:Ttl=3s";

    [ConsulFact]
    public async Task Server_registers_with_its_real_port_and_one_that_is_killed_is_gone_by_its_check()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await using var one = await RegisteredBackend.StartAsync(agent.Uri, ShortTtl, "Tags=blue", "Metadata:version=2", "PassingWeight=7");
        await using var other = await RegisteredBackend.StartAsync(agent.Uri, ShortTtl);
        await PassAsync(agent, one, other);
        using var client = new HttpClient();
        var entry = (await agent.Api.InstancesAsync(RegisteredBackend.Service)).Single(e => (int)e!["Service"]!["Port"]! == one.Process.Descriptor.Port)!["Service"]!;
        Assert.Equal(one.Authority, await client.GetStringAsync($"http://{entry["Address"]}:{entry["Port"]}/"));
        Assert.Equal(("blue", "2", 7), ((string)entry["Tags"]![0]!, (string)entry["Meta"]!["version"]!, (int)entry["Weights"]!["Passing"]!));
        Assert.Equal($"orders-{Environment.MachineName}-{one.Authority}".ToLowerInvariant().Replace(':', '-'), (string)entry["ID"]!);

        one.Process.Kill();

        output.WriteLine($"killed: out of the passing ones after {(await PassAsync(agent, other)).TotalMilliseconds:0} ms");
    }

    [ConsulFact]
    public async Task Registration_that_the_agent_has_lost_comes_back()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await using var backend = await RegisteredBackend.StartAsync(agent.Uri, ShortTtl);
        await using var checkedByAgent = await RegisteredBackend.StartAsync(agent.Uri, "Checks:0:Type=Tcp", "Checks:0:Interval=1s");
        await PassAsync(agent, backend, checkedByAgent);

        foreach (var entry in await agent.Api.InstancesAsync(RegisteredBackend.Service))
        {
            await agent.Api.DeregisterAsync((string)entry!["Service"]!["ID"]!);
        }

        output.WriteLine($"deregistered by somebody: back after {(await PassAsync(agent, backend, checkedByAgent)).TotalMilliseconds:0} ms");
        checkedByAgent.Process.Kill();
        await agent.RestartAsync();
        output.WriteLine($"agent started without data: back after {(await PassAsync(agent, backend)).TotalMilliseconds:0} ms");
    }

    [ConsulFact]
    public async Task Server_that_freezes_is_critical_until_it_goes_on()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await using var backend = await RegisteredBackend.StartAsync(agent.Uri, ShortTtl);
        await PassAsync(agent, backend);

        backend.Process.Freeze();
        output.WriteLine($"frozen: not passing after {(await PassAsync(agent)).TotalMilliseconds:0} ms");
        Assert.Single(await agent.Api.InstancesAsync(RegisteredBackend.Service));
        backend.Process.Thaw();

        output.WriteLine($"goes on: passing after {(await PassAsync(agent, backend)).TotalMilliseconds:0} ms");
    }

    [ConsulFact]
    public async Task Server_that_is_asked_to_end_finishes_its_call_before_it_is_gone()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await using var backend = await RegisteredBackend.StartAsync(agent.Uri);
        await PassAsync(agent, backend);
        using var client = new HttpClient();
        var call = client.GetStringAsync($"http://{backend.Authority}/delay/4000");
        await SeenAsync(backend);

        var stop = backend.StopAsync();
        await PassAsync(agent);

        // In maintenance, but there: callers that have not heard yet still find a server.
        Assert.False(call.IsCompleted);
        var entry = Assert.Single(await agent.Api.InstancesAsync(RegisteredBackend.Service));
        Assert.Contains(entry!["Checks"]!.AsArray(), static c => ((string)c!["CheckID"]!).StartsWith("_service_maintenance", StringComparison.Ordinal));
        Assert.Equal(backend.Authority, await client.GetStringAsync($"http://{backend.Authority}/"));
        Assert.Equal(backend.Authority, await call);
        output.WriteLine($"ended after {(await stop).TotalMilliseconds:0} ms");
        Assert.Empty(await agent.Api.InstancesAsync(RegisteredBackend.Service));
    }

    [ConsulFact]
    public async Task Host_whose_time_is_over_ends_the_drain_and_still_deregisters()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await using var backend = await RegisteredBackend.StartAsync(agent.Uri, "ShutdownTimeout=00:00:02");
        await PassAsync(agent, backend);
        using var client = new HttpClient();
        var call = client.GetStringAsync($"http://{backend.Authority}/delay/60000");
        await SeenAsync(backend);

        var took = await backend.StopAsync();

        output.WriteLine($"ended after {took.TotalMilliseconds:0} ms");
        Assert.InRange(took, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(15));
        Assert.Empty(await agent.Api.InstancesAsync(RegisteredBackend.Service));
        await Assert.ThrowsAsync<HttpRequestException>(() => call);
    }

    [ConsulFact]
    public async Task Agent_that_is_away_delays_neither_start_nor_stop_and_is_told_when_it_comes()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        await agent.KillAsync();
        await using var backend = await RegisteredBackend.StartAsync(agent.Uri, ShortTtl);
        using var client = new HttpClient();
        Assert.Equal(backend.Authority, await client.GetStringAsync($"http://{backend.Authority}/"));

        await agent.RestartAsync();
        output.WriteLine($"agent came: passing after {(await PassAsync(agent, backend)).TotalMilliseconds:0} ms");

        agent.Freeze();
        var clock = Stopwatch.StartNew();
        await backend.StopAsync();
        output.WriteLine($"stopped with a frozen agent in {clock.ElapsedMilliseconds} ms");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{clock.Elapsed}");
        agent.Continue();
    }

    [ConsulFact]
    public async Task Server_that_listens_everywhere_has_the_address_of_the_node_and_may_be_several_services()
    {
        await using var agent = await ConsulAgent.StartDevAsync();
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "Acme.Orders" });
        builder.WebHost.UseKestrelCore().UseUrls("http://*:0");
        builder.Services.AddConsulRegistration().AddConsulRegistration("stock", static o => o.Checks.Add(new() { Type = ConsulCheckType.Http, Path = "/", Interval = TimeSpan.FromSeconds(1) }));
        builder.Services.Configure<ConsulOptions>(o => o.Addresses.Add(agent.Uri.AbsoluteUri));
        await using var app = builder.Build();
        app.Run(static context => context.Response.WriteAsync("here"));
        await app.StartAsync();
        var port = new Uri(app.Urls.Single().Replace("[::]", "localhost", StringComparison.Ordinal)).Port;

        foreach (var service in new[] { "acme-orders", "stock" })
        {
            await Eventually.IsTrueAsync(
                async () => (await agent.Api.PassingAsync(service)).SequenceEqual([$":{port}"]), TimeSpan.FromSeconds(20), $"{service} passes at port {port}");
        }

        await app.StopAsync();
        Assert.Empty(await agent.Api.InstancesAsync("acme-orders"));
        Assert.Empty(await agent.Api.InstancesAsync("stock"));
    }

    [Fact]
    public async Task Address_is_the_one_from_which_the_agent_is_reached_unless_it_is_on_this_machine()
    {
        Assert.Equal("", await RegistrationAddress.FindAsync(new("http://127.0.0.1:8500/"), default));
        Assert.Equal("", await RegistrationAddress.FindAsync(new("http://localhost:8500/"), default));
        var own = NetworkInterface.GetAllNetworkInterfaces().Where(static i => i.OperationalStatus == OperationalStatus.Up)
            .SelectMany(static i => i.GetIPProperties().UnicastAddresses).Select(static a => a.Address)
            .Where(static a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a));
        foreach (var address in own)
        {
            output.WriteLine($"{address}");
            Assert.Equal(address.ToString(), await RegistrationAddress.FindAsync(new($"http://{address}:8500/"), default));
        }
    }

    private static Task<TimeSpan> PassAsync(ConsulAgent agent, params RegisteredBackend[] backends)
    {
        var expected = backends.Select(static b => b.Authority).Order(StringComparer.Ordinal).ToList();
        return Eventually.IsTrueAsync(
            async () => (await agent.Api.PassingAsync(RegisteredBackend.Service)).Order(StringComparer.Ordinal).SequenceEqual(expected),
            TimeSpan.FromSeconds(30), $"passing are [{string.Join(", ", expected)}]");
    }

    private static Task<TimeSpan> SeenAsync(RegisteredBackend backend) =>
        Eventually.IsTrueAsync(async () => await backend.Process.CountAsync() == 1, TimeSpan.FromSeconds(20), "the call has reached its server");
}
