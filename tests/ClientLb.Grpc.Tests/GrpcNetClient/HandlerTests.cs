using ClientLb.Endpoints;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using static ClientLb.Grpc.Tests.GrpcNetClient.Rig;

namespace ClientLb.Grpc.Tests.GrpcNetClient;

/// <summary>The core's handler under a real channel.</summary>
public class HandlerTests
{
    [Fact]
    public async Task Calls_are_balanced_tried_again_and_hold_their_leases()
    {
        await using var servers = await Servers.StartAsync(2);
        await using var rig = new Rig(static services => services.AddLoadBalancedHttpClient("orders"), ("ClientLb:Clusters:orders:Policy", "round_robin"));
        rig.List(servers.All);
        var handler = rig.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler("orders");
        using var channel = GrpcChannel.ForAddress("http://orders", new GrpcChannelOptions { HttpHandler = handler });
        await ConnectedAsync(channel, servers);
        servers.All[0].Status = 14;

        Assert.Equal(0, await CallsAsync(channel, 20));
        Assert.True(rig.Cluster.Snapshot.Endpoints.Single(e => e.Port == servers.All[0].Port).Health.Window.Read(rig.Cluster.Clock.Now).Failures > 0);

        servers.All[0].Status = null;
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(Chat, null, default);
        for (var i = 0; i < 3; i++)
        {
            await call.RequestStream.WriteAsync($"{i}");
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            Assert.StartsWith($"{i}@", call.ResponseStream.Current, StringComparison.Ordinal);
        }

        Assert.Equal(1, rig.Cluster.Snapshot.Endpoints.Sum(static e => e.Load.InFlight));
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        await UntilAsync(() => rig.Cluster.Snapshot.Endpoints.Sum(static e => e.Load.InFlight) == 0, "the lease ends");
    }
}
