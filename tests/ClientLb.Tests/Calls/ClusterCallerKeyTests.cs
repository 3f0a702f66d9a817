using ClientLb.Affinity;
using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Calls;

public sealed class ClusterCallerKeyTests
{
    private static ClusterOptions Hashing => new() { Policy = "rendezvous", HashKey = { From = HashKeySource.RequestOption } };

    [Fact]
    public async Task Calls_of_one_key_go_to_one_endpoint()
    {
        using var bench = new CallBench(10, new Script(static _ => "ok"), options: Hashing);

        for (var i = 0; i < 20; i++)
        {
            await bench.CallAsync();
        }

        Assert.Single(bench.Transport.Sent.Distinct());
    }

    [Fact]
    public async Task Calls_have_no_key_without_the_setting()
    {
        using var bench = new CallBench(10, new Script(static _ => "ok"), options: new ClusterOptions { Policy = "rendezvous" });

        for (var i = 0; i < 50; i++)
        {
            await bench.CallAsync();
        }

        Assert.InRange(bench.Transport.Sent.Distinct().Count(), 5, 10);
    }

    [Fact]
    public async Task Retries_keep_the_key_and_go_on_in_its_order()
    {
        using var bench = new CallBench(10, new Script(static (_, attempt, _) => Task.FromResult(attempt < 4 ? "500" : "ok")), static (retry, _) => retry.MaxAttempts = 4, Hashing);
        var order = Order(bench, 4);

        Assert.Equal("ok", await bench.CallAsync());

        Assert.Equal(order, bench.Transport.Sent);
    }

    [Fact]
    public async Task Endpoint_that_closed_since_the_snapshot_is_passed_over_in_the_order_of_the_key()
    {
        using var bench = new CallBench(10, new Script(static _ => "ok"), options: Hashing);
        var order = Order(bench, 3);
        bench.Cluster[order[0]].Load.SetExcluded(hard: true, soft: false);
        bench.Cluster[order[1]].Load.SetExcluded(hard: true, soft: false);

        await bench.CallAsync();

        Assert.Equal([order[2]], bench.Transport.Sent);
    }

    [Fact]
    public async Task Setting_that_is_taken_away_is_in_force_for_the_next_call()
    {
        using var bench = new CallBench(10, new Script(static _ => "ok"), options: Hashing);
        bench.Cluster.Cluster.Configure(new ClusterOptions { Policy = "rendezvous" });
        bench.Cluster.Pass(0.2);

        for (var i = 0; i < 50; i++)
        {
            await bench.CallAsync();
        }

        Assert.InRange(bench.Transport.Sent.Distinct().Count(), 5, 10);
    }

    private static int[] Order(CallBench bench, int count)
    {
        var order = new List<Endpoint>();
        while (order.Count < count)
        {
            order.Add(bench.Cluster.Snapshot.Picker.Pick(new PickContext(0, order.ToArray()) { HashKey = StableHash.Of("request"), HasHashKey = true })!);
        }

        return [.. order.Select(endpoint => endpoint.Port)];
    }
}
