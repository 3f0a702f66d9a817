using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClientLb.Benchmarks.Suites;

/// <summary>A cluster without its background loop: the benchmark posts lists and takes the steps itself.</summary>
internal static class BenchmarkCluster
{
    public static Cluster Create(string policy, int endpoints, TimeProvider? time = null) =>
        Create(policy, Descriptors(endpoints), time);

    public static Cluster Create(string policy, EndpointDescriptor[] descriptors, TimeProvider? time = null)
    {
        var clock = new MonotonicClock(time);
        var services = new ClusterServices(
            clock, ThreadRandomSource.Instance, new LoadBalancingPolicies([]), new TcpProbe(clock.TimeProvider, TimeSpan.FromSeconds(1)),
            new ClientLbMetrics(null), NullLogger.Instance);
        var cluster = new Cluster("orders", new ClusterOptions { Policy = policy }, new StaticEndpointSource("orders", []), services);
        cluster.Loop.Post(new EndpointUpdate(descriptors, clock.Now));
        cluster.Loop.Step();
        return cluster;
    }

    public static EndpointDescriptor[] Descriptors(int count) => [.. Enumerable.Range(0, count).Select(Descriptor)];

    public static EndpointDescriptor Descriptor(int index) => new($"10.{index >> 16}.{(index >> 8) & 255}.{index & 255}", 8080);
}
