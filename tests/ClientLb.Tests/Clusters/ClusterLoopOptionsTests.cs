using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

/// <summary>Options change through the loop, like everything else.</summary>
public class ClusterLoopOptionsTests
{
    [Fact]
    public void Options_new_ones_are_in_force_with_the_next_publication_also_within_the_gap()
    {
        using var cluster = TestCluster.Of(2);
        cluster.Cluster.Loop.Post(Update(cluster, 1, 2, 3));
        cluster.Cluster.Loop.Step();
        var options = new ClusterOptions { Policy = "random" };

        cluster.Cluster.Configure(options);
        cluster.Cluster.Loop.Step();
        Assert.NotSame(options, cluster.Snapshot.Options);
        cluster.Pass(0.1);

        Assert.Same(options, cluster.Snapshot.Options);
        Assert.Same(options.OutlierDetection, cluster.Cluster.Judge.Options);
        Assert.IsType<RandomPolicy>(cluster.Snapshot.Policy);
        Assert.Equal(1, cluster.Log.Count(114));
    }

    [Fact]
    public void Options_of_two_that_come_within_the_gap_the_later_ones_win()
    {
        using var cluster = TestCluster.Of(2);
        cluster.Cluster.Loop.Post(Update(cluster, 1));
        cluster.Cluster.Loop.Step();
        var later = new ClusterOptions { Drain = TimeSpan.FromSeconds(2) };

        cluster.Cluster.Configure(new ClusterOptions { Drain = TimeSpan.FromSeconds(1) });
        cluster.Cluster.Loop.Step();
        cluster.Cluster.Configure(later);
        cluster.Pass(0.2);

        Assert.Same(later, cluster.Snapshot.Options);
    }

    [Fact]
    public void Options_that_are_what_they_were_are_no_news()
    {
        using var cluster = TestCluster.Of(2);
        var before = cluster.Snapshot;

        cluster.Cluster.Configure(new ClusterOptions());
        cluster.Pass(0.2);

        Assert.Same(before, cluster.Snapshot);
        Assert.Equal(0, cluster.Log.Count(114));
    }

    private static EndpointUpdate Update(TestCluster cluster, params int[] ports) => new(TestCluster.Ports(ports), cluster.Clock.Now);
}
