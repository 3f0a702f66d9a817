using System.Diagnostics;
using System.Net;
using System.Reflection;
using ClientLb.Affinity;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Http;
using ClientLb.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Tests.Calls;

public class AllocationTests
{
    private const int Calls = 1000;

    // Without the compiler's optimisation every async method allocates its state, waiting or not.
    private static readonly bool IsOptimised =
        typeof(Cluster).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };

    [Theory]
    [InlineData("round_robin", 1)]
    [InlineData("round_robin", 20)]
    [InlineData("random", 20)]
    [InlineData("least_request", 20)]
    [InlineData("peak_ewma", 20)]
    [InlineData("recall", 20)]
    public void Attempt_that_succeeds_allocates_nothing_from_pick_to_release(string policy, int endpoints)
    {
        using var bench = TestCluster.Of(endpoints, new ClusterOptions { Policy = policy });
        Assert.Equal(0, BytesOf(() => Attempt(bench.Cluster)));
    }

    [Fact]
    public void Attempt_at_members_of_different_weights_allocates_nothing()
    {
        foreach (var policy in new[] { "round_robin", "random", "least_request", "peak_ewma", "recall" })
        {
            using var bench = new TestCluster(new ClusterOptions { Policy = policy });
            bench.List([.. Enumerable.Range(1, 20).Select(port => TestCluster.At(port) with { Weight = port })]);
            Assert.Equal(0, BytesOf(() => Attempt(bench.Cluster)));
        }
    }

    [Theory]
    [InlineData("source_hash")]
    [InlineData("consistent_hash")]
    [InlineData("maglev")]
    [InlineData("rendezvous")]
    public void Attempt_with_a_key_allocates_nothing_from_pick_to_release(string policy)
    {
        using var bench = TestCluster.Of(20, new ClusterOptions { Policy = policy, LoadBalancing = { BoundedLoad = 1.25 } });
        var key = 0UL;
        Assert.Equal(0, BytesOf(() => Attempt(bench.Cluster, CallKey.Of(key++))));
    }

    [Fact]
    public async Task Call_allocates_little_more_than_one_of_a_plain_factory_client()
    {
        var services = new ServiceCollection();
        services.AddHttpClient("plain").ConfigurePrimaryHttpMessageHandler(static () => new NoContentHandler()).RemoveAllLoggers();
        services.AddLoadBalancedHttpClient("orders").RemoveAllLoggers();
        services.AddHttpClient("rewriting").ConfigurePrimaryHttpMessageHandler(static () => new NoContentHandler()).AddLoadBalancing().RemoveAllLoggers();
        services.AddClientLb().AddCluster("orders", TestCluster.Ports(1, 2, 3));
        await using var provider = services.BuildServiceProvider();
        provider.GetRequiredService<LoadBalancedClients>().HandlerFactory = static _ => new NoContentHandler();
        var snapshot = await provider.GetRequiredService<ClusterRegistry>().Get("orders").ResolvedAsync(default);
        Assert.True(snapshot.IsResolved);
        var factory = provider.GetRequiredService<IHttpClientFactory>();

        var plain = BytesOf(Calling(factory.CreateClient("plain"))) / Calls;
        var owned = BytesOf(Calling(factory.CreateClient("orders"))) / Calls;
        var rewriting = BytesOf(Calling(factory.CreateClient("rewriting"))) / Calls;

        Assert.InRange(owned - plain, -plain, IsOptimised ? 200 : 1000);
        Assert.InRange(rewriting - plain, -plain, IsOptimised ? 680 : 2000);
    }

    private static void Attempt(Cluster cluster, CallKey key = default)
    {
        var now = cluster.Clock.Now;
        Assert.True(LeaseSteps.TryLease(cluster.Snapshot, now, true, default, out var lease, key));
        cluster.Report(lease, new AttemptReport(OutcomeKind.Success, Evidence.None, now, cluster.Clock.Now) { StatusCode = 200 });
        cluster.Release(lease);
    }

    private static Action Calling(HttpClient client)
    {
        var uri = new Uri("http://orders/lists/open");
        return () =>
        {
            var call = client.SendAsync(new HttpRequestMessage(HttpMethod.Get, uri), HttpCompletionOption.ResponseHeadersRead);

            // On another thread its bytes would not be counted.
            Assert.True(call.IsCompletedSuccessfully);
        };
    }

    private static long BytesOf(Action action)
    {
        for (var i = 0; i < 100; i++)
        {
            action();
        }

        // The least of three: code that is compiled anew in the midst of one may allocate in the name of this thread.
        var least = long.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Calls; i++)
            {
                action();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private sealed class NoContentHandler : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request });
    }
}
