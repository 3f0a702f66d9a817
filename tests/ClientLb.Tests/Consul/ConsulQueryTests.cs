using ClientLb.Consul;
using ClientLb.Discovery;

namespace ClientLb.Tests.Consul;

public class ConsulQueryTests
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(45);

    [Fact]
    public void Everything_is_asked_for_and_escaped()
    {
        var options = new ConsulOptions { Datacenter = "dc2", Filter = "Service.Meta.version == \"2\"" };
        options.Tags.Add("blue & green");
        var query = ConsulQuery.Create(new("odd näme/v1?"), options, new());

        Assert.Equal(
            "v1/health/service/odd%20n%C3%A4me%2Fv1%3F?dc=dc2&tag=blue%20%26%20green&filter=Service.Meta.version%20%3D%3D%20%222%22&index=7&wait=45000ms&stale",
            query.PathOf(7, s_wait, ConsulConsistency.Stale));
        Assert.Equal(
            "http://agent:8500/v1/health/service/odd%20n%C3%A4me%2Fv1%3F", new Uri(new Uri("http://agent:8500/"), query.PathOf(0, s_wait, ConsulConsistency.Leader)).AbsoluteUri.Split('?')[0]);
    }

    [Fact]
    public void Plain_query_has_nothing_that_is_not_needed()
    {
        var query = ConsulQuery.Create(new("web"), new(), new());

        Assert.Equal("v1/health/service/web", query.PathOf(0, s_wait, ConsulConsistency.Leader));
        Assert.Equal("v1/health/service/web?stale", query.PathOf(0, s_wait, ConsulConsistency.Stale));
        Assert.Equal("v1/health/service/web?consistent", query.PathOf(0, s_wait, ConsulConsistency.Confirmed));
        Assert.Equal("v1/health/service/web?index=1&wait=45000ms", query.PathOf(1, s_wait, ConsulConsistency.Leader));
    }

    [Fact]
    public void Cluster_goes_before_the_rest()
    {
        var cluster = new ConsulClusterOptions { Service = "orders-v2", Datacenter = "dc3", Filter = "f", AllowStale = false };
        cluster.Tags.Add("red");
        var options = new ConsulOptions { Datacenter = "dc2", Filter = "g" };
        options.Tags.Add("blue");
        var query = ConsulQuery.Create(new("orders"), options, cluster);

        Assert.Equal("orders-v2", query.Service);
        Assert.Equal("v1/health/service/orders-v2?dc=dc3&tag=red&filter=f", query.Path);
        Assert.False(query.AllowStale);
    }

    [Fact]
    public void Namespace_and_partition_are_asked_for_and_tell_queries_apart()
    {
        var options = new ConsulOptions { Namespace = "n1", Partition = "p1" };
        var both = ConsulQuery.Create(new("web"), options, new());
        var other = ConsulQuery.Create(new("web"), options, new() { Namespace = "n2" });
        var third = ConsulQuery.Create(new("web"), options, new() { Partition = "p2" });

        Assert.Equal("v1/health/service/web?ns=n1&partition=p1", both.Path);
        Assert.Equal("v1/health/service/web?ns=n2&partition=p1", other.Path);
        Assert.Equal("v1/health/service/web?ns=n1&partition=p2", third.Path);
        Assert.Equal(3, new[] { both.Key, other.Key, third.Key }.Distinct().Count());
    }

    [Fact]
    public void Queries_that_ask_the_same_have_the_same_key()
    {
        Assert.Equal(Key("web", "a", "B"), Key("WEB", "b", "A", "a"));
        Assert.NotEqual(Key("web", "a"), Key("web", "b"));
        Assert.NotEqual(Key("web"), Key("web2"));
    }

    private static string Key(string service, params string[] tags)
    {
        var options = new ConsulOptions();
        Array.ForEach(tags, options.Tags.Add);
        return ConsulQuery.Create(new EndpointQuery("cluster") { Service = service }, options, new()).Key;
    }
}
