using ClientLb.Discovery;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Discovery;

public class StaticEndpointSourceTests
{
    [Fact]
    public async Task List_is_given_once_and_is_final()
    {
        EndpointDescriptor[] endpoints = [new("a", 1), new("b", 2) { Weight = 5 }];
        var source = new StaticEndpointSource("orders", endpoints);

        var updates = new List<EndpointUpdate>();
        await foreach (var update in source.WatchAsync(new("orders"), NoRefresh.Instance, CancellationToken.None))
        {
            updates.Add(update);
        }

        Assert.Equal(endpoints, Assert.Single(updates).Endpoints);
        Assert.Equal(UpdateFreshness.Fresh, updates[0].Freshness);
    }

    [Fact]
    public void Only_its_cluster_is_served()
    {
        var source = new StaticEndpointSource("orders", [new("a", 1)]);

        Assert.True(source.Serves(new("Orders")));
        Assert.False(source.Serves(new("stock")));
    }

    [Fact]
    public void Address_twice_is_refused() =>
        Assert.Contains("a:1", Assert.Throws<ArgumentException>(() => new StaticEndpointSource("orders", [new("a", 1), new("A", 1)])).Message,
            StringComparison.OrdinalIgnoreCase);
}
