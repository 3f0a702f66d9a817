using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Calls;

/// <summary>Where further attempts go: another zone, another priority, and only then one that was tried.</summary>
public sealed class ZoneTests
{
    [Theory]
    [InlineData("recall")]
    [InlineData("round_robin")]
    [InlineData("random")]
    [InlineData("least_request")]
    [InlineData("pick_first")]
    public async Task Further_attempts_go_to_zones_where_nothing_has_failed_first(string policy)
    {
        for (var run = 0; run < 20; run++)
        {
            using var bench = Bench(policy, 6, 3, static port => port % 3);
            Assert.True(bench.Cluster.Snapshot.HasZones);

            await bench.CallAsync();

            Assert.Equal(3, bench.Transport.Sent.Select(static port => port % 3).Distinct().Count());
        }
    }

    [Fact]
    public async Task Zone_with_one_endpoint_among_fifty_is_found()
    {
        for (var run = 0; run < 20; run++)
        {
            using var bench = Bench("random", 50, 2, static port => port == 50 ? 1 : 0);

            await bench.CallAsync();

            Assert.Contains(50, bench.Transport.Sent);
        }
    }

    [Fact]
    public async Task All_zones_were_tried_the_untried_ones_of_them_come_next()
    {
        using var bench = Bench("round_robin", 4, 4, static port => port % 2);

        await bench.CallAsync();

        Assert.Equal(4, bench.Transport.Sent.Distinct().Count());
        Assert.NotEqual(bench.Transport.Sent[0] % 2, bench.Transport.Sent[1] % 2);
    }

    [Fact]
    public async Task Untried_one_of_a_tried_zone_goes_before_a_later_priority_and_that_before_one_already_tried()
    {
        using var bench = new CallBench(0, new Script(static _ => "500"), static (retry, _) => retry.MaxAttempts = 5, new ClusterOptions { Policy = "round_robin" });
        bench.Cluster.List(
            At(1, 0, 0), At(2, 0, 0), At(3, 1, 0), At(4, 0, 1));

        await bench.CallAsync();

        var sent = bench.Transport.Sent;
        Assert.Equal([1, 2, 3], sent.Take(3).Order());
        Assert.Contains(3, sent.Take(2));
        Assert.Equal(4, sent[3]);
        Assert.Contains(sent[4], sent.Take(4));
    }

    [Fact]
    public async Task Another_zone_that_is_at_its_limit_does_not_hold_the_retry()
    {
        var options = new ClusterOptions { Policy = "round_robin" };
        options.Limits.EndpointInFlight = 1;
        using var bench = new CallBench(0, new Script(static (endpoint, _, token) => endpoint.Port == 3 ? CallBench.HangAsync(token) : Task.FromResult("500")),
            static (retry, _) => retry.MaxAttempts = 2, options);
        bench.Cluster.List(At(1, 0, 0), At(2, 0, 0), At(3, 1, 0));
        using var stop = new CancellationTokenSource();
        var held = new List<Task<string>>();
        while (!bench.Transport.Sent.Contains(3))
        {
            held.Add(bench.CallAsync(stop.Token));
        }

        bench.Transport.Sent.Clear();

        Assert.Equal("500", await bench.CallAsync());

        Assert.Equal([1, 2], bench.Transport.Sent.Order());
        await stop.CancelAsync();
        await Task.WhenAll(held).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    [Fact]
    public void One_zone_or_none_is_no_zones()
    {
        using var bench = new CallBench(3, new Script(static _ => "fine"));
        Assert.False(bench.Cluster.Snapshot.HasZones);
        bench.Cluster.List(At(1, 1, 0), At(2, 1, 0), At(3, 2, 1));
        Assert.False(bench.Cluster.Snapshot.HasZones);
    }

    private static EndpointDescriptor At(int port, int zone, int priority) =>
        new("10.0.0.1", port) { Locality = new Locality("here", $"zone-{zone}"), Priority = priority };

    private static CallBench Bench(string policy, int endpoints, int attempts, Func<int, int> zone)
    {
        var bench = new CallBench(0, new Script(static _ => "500"), (retry, _) => retry.MaxAttempts = attempts, new ClusterOptions { Policy = policy });
        bench.Cluster.List([.. Enumerable.Range(1, endpoints).Select(port => At(port, zone(port), 0))]);
        return bench;
    }
}
