using ClientLb.Endpoints;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.DependencyInjection;
using static ClientLb.Grpc.Tests.GrpcNetClient.Rig;

namespace ClientLb.Grpc.Tests.GrpcNetClient;

/// <summary>Real channels of Grpc.Net.Client over real connections.</summary>
public class ChannelTests
{
    [Fact]
    public async Task Calls_go_to_all_endpoints_under_the_clusters_name()
    {
        await using var servers = await Servers.StartAsync(3);
        await using var rig = new Rig();
        rig.List(servers.All);
        using var channel = rig.Channel();

        await Rig.UntilAsync(() => servers.All.All(static s => !s.Seen.IsEmpty) || CallsAsync(channel, 5).Result == 0, "each server is asked");

        Assert.All(servers.All.SelectMany(static s => s.Authorities), static authority => Assert.Equal("orders", authority));
        Assert.All(rig.Cluster.Snapshot.Endpoints, static e => Assert.Equal(0, e.Load.InFlight));
        Assert.True(rig.Cluster.Snapshot.Endpoints.Sum(static e => e.Load.Successes) > 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Unavailable_counts_and_is_tried_again_elsewhere_whether_in_headers_or_trailers(bool inTrailers)
    {
        await using var servers = await Servers.StartAsync(2);

        // In turn: recall would shun it after the first failure.
        await using var rig = new Rig(null, ("ClientLb:Clusters:orders:Policy", "round_robin"));
        rig.List(servers.All);
        using var channel = rig.Channel("consul:///orders");
        await ConnectedAsync(channel, servers);
        (servers.All[0].Status, servers.All[0].InTrailers) = (14, inTrailers);

        for (var i = 0; i < 40; i++)
        {
            Assert.Equal($"hello@{servers.All[1].Port}", await Rig.CallAsync(channel));
        }

        Assert.Contains("1", servers.All[1].Seen);
        Assert.True(Of(rig, servers.All[0]).Health.Window.Read(rig.Cluster.Clock.Now).Failures > 0);
    }

    [Fact]
    public async Task Endpoint_that_fails_by_its_gRPC_status_is_ejected_and_its_connection_stays()
    {
        await using var servers = await Servers.StartAsync(2);
        await using var rig = new Rig(null, ("ClientLb:Clusters:orders:Policy", "round_robin"));
        rig.List(servers.All);
        using var channel = rig.Channel();
        await ConnectedAsync(channel, servers);
        (servers.All[0].Status, servers.All[0].InTrailers) = (14, true);
        for (var i = 0; i < 20; i++)
        {
            await CodeAsync(channel, Rig.Put);
        }

        Assert.Equal(HealthState.Ejected, Of(rig, servers.All[0]).Health.Status.State);
        Assert.Contains("gRPC status UNAVAILABLE", Of(rig, servers.All[0]).Health.Status.Reason, StringComparison.Ordinal);
        var before = servers.All[0].Seen.Count;
        Assert.Equal(0, await CallsAsync(channel, 10));
        Assert.InRange(servers.All[0].Seen.Count - before, 0, 2);
    }

    [Fact]
    public async Task Call_that_may_have_acted_is_not_repeated_and_its_status_is_the_servers()
    {
        await using var servers = await Servers.StartAsync(2);
        await using var rig = new Rig();
        rig.List(servers.All);
        using var channel = rig.Channel();
        await ConnectedAsync(channel, servers);
        foreach (var server in servers.All)
        {
            server.Status = 14;
        }

        var before = servers.All.Sum(static s => s.Seen.Count);
        Assert.Equal(StatusCode.Unavailable, await CodeAsync(channel, Rig.Put));
        Assert.Equal(1, servers.All.Sum(static s => s.Seen.Count) - before);
    }

    [Fact]
    public async Task Server_that_is_stopped_costs_no_call_and_one_that_is_added_is_used()
    {
        await using var servers = await Servers.StartAsync(2);
        await using var rig = new Rig();
        rig.List(servers.All);
        using var channel = rig.Channel();
        await ConnectedAsync(channel, servers);

        await servers.All[0].DisposeAsync();
        Assert.Equal(0, await CallsAsync(channel, 50));

        await using var added = await EchoServer.StartAsync();
        rig.List(servers.All.Append(added));
        await Rig.UntilAsync(() => CallsAsync(channel, 5).Result == 0 && !added.Seen.IsEmpty, "the new one is asked");
    }

    [Fact]
    public async Task Named_variant_is_another_policy_over_the_same_endpoints()
    {
        await using var servers = await Servers.StartAsync(3);
        await using var rig = new Rig();
        rig.List(servers.All);
        using var channel = rig.Channel(configure: static o =>
        {
            o.ServiceConfig = new ServiceConfig();
            o.ServiceConfig.LoadBalancingConfigs.Add(new LoadBalancingConfig("clientlb_pick_first"));
        });

        await Rig.UntilAsync(
            () =>
            {
                servers.All.ForEach(static s => s.Seen.Clear());
                return CallsAsync(channel, 30).Result == 0 && servers.All.Select(static s => s.Seen.Count).Order().SequenceEqual([0, 0, 30]);
            },
            "thirty calls in a row go to the first");
    }

    [Fact]
    public async Task Lease_lasts_as_long_as_its_stream()
    {
        await using var servers = await Servers.StartAsync(2);
        await using var rig = new Rig();
        rig.List(servers.All);
        using var channel = rig.Channel();
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(Rig.Chat, null, default);
        await call.RequestStream.WriteAsync("a");
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.StartsWith("a@", call.ResponseStream.Current, StringComparison.Ordinal);
        Assert.Equal((1, 0), (rig.Cluster.Snapshot.Endpoints.Sum(static e => e.Load.InFlight), rig.Cluster.Snapshot.Endpoints.Sum(static e => e.Load.Awaiting)));

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        await Rig.UntilAsync(() => rig.Cluster.Snapshot.Endpoints.Sum(static e => e.Load.InFlight) == 0, "the lease ends");
    }

    [Fact]
    public async Task Cluster_without_endpoints_says_so()
    {
        await using var rig = new Rig();
        rig.List();
        using var channel = rig.Channel();

        var error = await Assert.ThrowsAsync<RpcException>(() => Rig.CallAsync(channel));

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("Cluster 'orders' has no endpoint", error.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("clientlb:///orders?subset=port:1", StatusCode.Unavailable, "has no endpoint")]
    [InlineData("clientlb:///orders?dc=dc2", StatusCode.Unavailable, "can't select by data centre")]
    public async Task Part_of_a_cluster_is_told_by_the_query(string address, StatusCode code, string text)
    {
        await using var servers = await Servers.StartAsync(2);
        await using var rig = new Rig();
        rig.List(servers.All);
        using var channel = rig.Channel(address);

        var error = await Assert.ThrowsAsync<RpcException>(() => Rig.CallAsync(channel));
        Assert.Equal(code, error.StatusCode);
        Assert.Contains(text, error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Part_of_a_cluster_has_the_settings_of_the_whole_ones_client()
    {
        await using var servers = await Servers.StartAsync(2);
        await using var rig = new Rig(null, ("ClientLb:Clusters:orders:Policy", "round_robin"));
        rig.List(servers.All);
        using var channel = rig.Channel("clientlb:///orders?subset=group:all");
        await ConnectedAsync(channel, servers);
        servers.All[0].Status = 14;

        // That the method may be repeated is said by Clients:orders.
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal($"hello@{servers.All[1].Port}", await Rig.CallAsync(channel));
        }

        Assert.Contains("1", servers.All[1].Seen);
        Assert.All(servers.All.SelectMany(static s => s.Authorities), static authority => Assert.Equal("orders", authority));
    }

    [Fact]
    public async Task Retries_of_the_service_config_are_left_to_gRPC()
    {
        await using var servers = await Servers.StartAsync(2);
        await using var rig = new Rig();
        rig.List(servers.All);
        using var channel = rig.Channel(configure: static o =>
        {
            o.ServiceConfig = new ServiceConfig();
            o.ServiceConfig.MethodConfigs.Add(new MethodConfig
            {
                Names = { MethodName.Default },
                RetryPolicy = new RetryPolicy
                {
                    MaxAttempts = 2, InitialBackoff = TimeSpan.FromMilliseconds(1), MaxBackoff = TimeSpan.FromMilliseconds(1), BackoffMultiplier = 1,
                    RetryableStatusCodes = { StatusCode.Unavailable },
                },
            });
        });
        await ConnectedAsync(channel, servers);
        foreach (var server in servers.All)
        {
            server.Status = 14;
        }

        var before = servers.All.Sum(static s => s.Seen.Count);
        Assert.Equal(StatusCode.Unavailable, await CodeAsync(channel, Rig.Echo));
        Assert.Equal(2, servers.All.Sum(static s => s.Seen.Count) - before);
    }

    [Fact]
    public async Task One_line_is_enough_for_a_client_of_the_factory()
    {
        await using var servers = await Servers.StartAsync(2);
        await using var rig = new Rig(static services => services.AddGrpcClient<Client>(static o => o.Address = new Uri("consul:///orders")).AddClientLb());
        rig.List(servers.All);

        var client = rig.Services.GetRequiredService<Client>();
        for (var i = 0; i < 10; i++)
        {
            Assert.StartsWith("hello@", await client.CallAsync(), StringComparison.Ordinal);
        }

        Assert.True(rig.Cluster.Snapshot.Endpoints.Sum(static e => e.Load.Successes) >= 10);
    }

    [Fact]
    public void Mistakes_are_told_with_the_way_out()
    {
        using var none = new ServiceCollection().BuildServiceProvider();
        Assert.Contains("AddClientLbGrpc", Assert.Throws<InvalidOperationException>(() => new GrpcChannelOptions().UseClientLb(none)).Message, StringComparison.Ordinal);
        using var client = new HttpClient();
        Assert.Contains("HttpHandler", Assert.Throws<InvalidOperationException>(() => new GrpcChannelOptions { HttpClient = client }.UseClientLb(none)).Message, StringComparison.Ordinal);
    }

    private static Endpoint Of(Rig rig, EchoServer server) => rig.Cluster.Snapshot.Endpoints.Single(e => e.Port == server.Port);

    /// <summary>A client as Grpc.Tools makes it.</summary>
    private sealed class Client(CallInvoker invoker) : ClientBase<Client>(invoker)
    {
        public async Task<string> CallAsync()
        {
            using var call = CallInvoker.AsyncUnaryCall(Rig.Echo, null, default, "hello");
            return await call.ResponseAsync;
        }

        protected override Client NewInstance(ClientBaseConfiguration configuration) => new(CallInvoker);
    }
}
