using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

/// <summary>What a snapshot is built from, for the tests of the builder.</summary>
public abstract class SnapshotBench
{
    protected const long Now = 1_000_000;

    private protected MonotonicClock Clock { get; } = new(new VirtualTime());

    private protected List<Endpoint> Endpoints { get; } = [];

    private protected HashSet<Endpoint> Leaving { get; } = [];

    private protected ClusterOptions Options { get; } = new();

    private protected ILoadBalancingPolicy Policy { get; set; } = new RoundRobinPolicy();

    /// <summary>The snapshot that was built last.</summary>
    private protected ClusterSnapshot? Built { get; private set; }

    private protected static Endpoint Out(Endpoint endpoint, Evidence evidence, HealthState state = HealthState.Ejected)
    {
        Assert.True(endpoint.Health.TryMove(endpoint.Health.Status, new HealthStatus(state, evidence, 1, 2, 1, "test")));
        return endpoint;
    }

    private protected Endpoint Add(int port, RegistryStatus status = RegistryStatus.Passing, int weight = 1, int priority = 0)
    {
        var endpoint = new Endpoint(TestCluster.At(port) with { Status = status, Weight = weight, Priority = priority }, Clock);
        Endpoints.Add(endpoint);
        return endpoint;
    }

    private protected int[] Eligible()
    {
        Built = SnapshotBuilder.Build(new SnapshotInput
        {
            Version = 1,
            Options = Options,
            IsResolved = true,
            Endpoints = [.. Endpoints],
            Leaving = Leaving,
            Unlisted = new HashSet<Endpoint>(),
            Policy = Policy,
            Previous = Built,
            Random = new SeededRandomSource(3),
            Clock = Clock,
            Now = Now,
        });
        return [.. Built.Eligible.Select(endpoint => endpoint.Port)];
    }
}
