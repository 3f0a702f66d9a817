using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

/// <summary>One changed endpoint of ten thousand: a turn of the loop copies what has changed, at eight bytes a reference, and not all that is known.</summary>
public class UpdateAllocationTests
{
    private const int Many = 10_000;
    private const int KB = 1000;

    [Theory]
    [InlineData("recall", false, 10 * KB)]
    [InlineData("recall", true, 10 * KB)]
    public void Metadata_of_one_changed_costs_next_to_nothing(string policy, bool isWeighted, long most) =>
        Assert.InRange(BytesOfChange(policy, isWeighted, static d => d with { Metadata = EndpointMetadata.From([new("version", "2")]) }), 1, most);

    [Theory]
    [InlineData("recall", false)]
    [InlineData("recall", true)]
    [InlineData("round_robin", false)]
    [InlineData("round_robin", true)]
    [InlineData("least_request", true)]
    [InlineData("peak_ewma", true)]
    public void Weight_of_one_changed_costs_at_most_200_KB(string policy, bool isWeighted) =>
        Assert.InRange(BytesOfChange(policy, isWeighted, static descriptor => descriptor with { Weight = descriptor.Weight + 1 }), 1, 200 * KB);

    [Theory]
    [InlineData("recall", false, 100 * KB)]
    [InlineData("recall", true, 210 * KB)]
    [InlineData("round_robin", false, 100 * KB)]
    [InlineData("least_request", false, 100 * KB)]
    [InlineData("peak_ewma", false, 100 * KB)]
    [InlineData("peak_ewma", true, 250 * KB)]
    public void Ejection_of_one_costs_an_array_and_what_the_weights_need(string policy, bool isWeighted, long most)
    {
        using var cluster = ClusterOf(policy, isWeighted);
        var endpoint = cluster.Snapshot.Endpoints[Many / 2];

        Assert.InRange(LeastOf(cluster, turn =>
        {
            var status = turn % 2 == 0 ? new HealthStatus(HealthState.Ejected, Evidence.ErrorStatus, 1, long.MaxValue, 1, "test") : HealthStatus.Healthy;
            Assert.True(endpoint.Health.TryMove(endpoint.Health.Status, status));
            cluster.Cluster.Loop.PostHealthChanged();
            return turn % 2 == 0;
        }), 1, most);
        Assert.Equal(Many, cluster.Snapshot.Eligible.Count);
    }

    private static long BytesOfChange(string policy, bool isWeighted, Func<EndpointDescriptor, EndpointDescriptor> change)
    {
        using var cluster = ClusterOf(policy, isWeighted);
        var lists = new[] { Descriptors(isWeighted), Descriptors(isWeighted) };
        lists[0][Many / 2] = change(lists[0][Many / 2]);
        return LeastOf(cluster, turn =>
        {
            cluster.Cluster.Loop.Post(new EndpointUpdate(lists[turn % 2], cluster.Clock.Now));
            return turn % 2 == 0;
        });
    }

    /// <summary>The least of several turns that count: an array that is lent comes from a store that may be empty.</summary>
    private static long LeastOf(TestCluster cluster, Func<int, bool> prepare)
    {
        var least = long.MaxValue;
        for (var turn = 0; turn < 8; turn++)
        {
            cluster.Time.Advance(1);
            var counts = prepare(turn);
            var version = cluster.Snapshot.Version;
            var before = GC.GetAllocatedBytesForCurrentThread();
            cluster.Cluster.Loop.Step();
            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(version + 1, cluster.Snapshot.Version);
            least = counts ? Math.Min(least, bytes) : least;
        }

        return least;
    }

    private static TestCluster ClusterOf(string policy, bool isWeighted)
    {
        var cluster = new TestCluster(new ClusterOptions { Policy = policy });
        cluster.List(Descriptors(isWeighted));
        return cluster;
    }

    private static EndpointDescriptor[] Descriptors(bool isWeighted) =>
        [.. Enumerable.Range(1, Many).Select(port => TestCluster.At(port) with { Weight = isWeighted ? 1 + (port % 100) : 1 })];
}
