using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Grpc.GrpcNetClient;
using Grpc.Core;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using static ClientLb.Grpc.Tests.GrpcNetClient.Rig;

namespace ClientLb.Grpc.Tests.GrpcNetClient;

/// <summary>What goes wrong between a cluster and its channel is said, and passes.</summary>
public class ResolverTests
{
    [Fact]
    public async Task Channel_whose_cluster_could_not_be_had_lives_once_the_settings_are_right()
    {
        await using var servers = await Servers.StartAsync(1);
        await using var rig = new Rig();
        using var channel = rig.Channel("clientlb:///late");
        var error = await Assert.ThrowsAsync<RpcException>(() => Rig.CallAsync(channel));
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("late", error.Status.Detail, StringComparison.Ordinal);

        rig.Set("ClientLb:Clusters:late:Endpoints", $"127.0.0.1:{servers.All[0].Port}");

        await Rig.UntilAsync(() => CodeAsync(channel, Rig.Echo).Result == StatusCode.OK, "the channel lives");
    }

    [Fact]
    public async Task Policy_that_there_is_not_is_named_with_those_that_there_are()
    {
        await using var rig = new Rig();

        var error = Assert.Throws<InvalidOperationException>(() => rig.Channel(configure: static o =>
        {
            o.ServiceConfig = new ServiceConfig();
            o.ServiceConfig.LoadBalancingConfigs.Add(new LoadBalancingConfig("clientlb_recal"));
        }));

        Assert.Contains("'clientlb_recal'", error.Message, StringComparison.Ordinal);
        Assert.Contains("clientlb_recall", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Channel_that_throws_is_told_so_and_told_of_the_next_list()
    {
        await using var servers = await Servers.StartAsync(2);
        await using var rig = new Rig();
        rig.List(servers.All[0]);
        using var resolver = new ClusterResolver(
            GrpcTarget.Parse(new Uri("clientlb:///orders")), "clientlb", rig.Services.GetRequiredService<ClusterRegistry>(), MonotonicClock.System, NullLogger.Instance);
        var told = System.Threading.Channels.Channel.CreateUnbounded<ResolverResult>();
        resolver.Start(result =>
        {
            told.Writer.TryWrite(result);
            if (result.Addresses is { Count: 1 })
            {
                throw new InvalidOperationException("no balancer");
            }
        });

        Assert.Equal(StatusCode.OK, (await NextAsync()).Status.StatusCode);
        var failure = await NextAsync();
        Assert.Equal(StatusCode.Unavailable, failure.Status.StatusCode);
        Assert.Contains("no balancer", failure.Status.Detail, StringComparison.Ordinal);
        rig.List(servers.All);
        Assert.Equal(2, (await NextAsync()).Addresses!.Count);

        Task<ResolverResult> NextAsync() => told.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }
}
