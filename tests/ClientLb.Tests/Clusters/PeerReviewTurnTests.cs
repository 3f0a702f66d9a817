using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

/// <summary>The cluster's loop compares endpoints with their peers, at the right moment and with the options in force.</summary>
public class PeerReviewTurnTests
{
    [Fact]
    public void Latencies_are_compared_before_they_fade()
    {
        // Twenty are just enough: after the fading they would be ten.
        using var cluster = TestCluster.Of(5);
        Samples(cluster, 20);

        cluster.Pass(9.5);
        Assert.Equal(HealthState.Healthy, cluster[1].Health.Status.State);
        cluster.Pass(0.6);

        Assert.Equal((HealthState.Ejected, Evidence.Slow), (cluster[1].Health.Status.State, cluster[1].Health.Status.Evidence));
        Assert.Equal([2, 3, 4, 5], cluster.Eligible().Order());
        Assert.Equal(10, cluster[2].Load.Latencies.Samples);
    }

    [Fact]
    public void Interval_of_the_options_is_the_one_that_counts()
    {
        using var cluster = TestCluster.Of(5, new ClusterOptions { OutlierDetection = { Interval = TimeSpan.FromSeconds(2) } });
        Samples(cluster, 20);

        cluster.Pass(2.1);

        Assert.Equal(HealthState.Ejected, cluster[1].Health.Status.State);
    }

    [Fact]
    public void Endpoint_that_leaves_is_no_peer()
    {
        // Three peers would be enough; one of them is gone from the list, though it still has a call in flight.
        using var cluster = TestCluster.Of(4);
        Samples(cluster, 20);
        cluster[4].Load.TryAcquire(cluster.Clock.Now, LeaseRule.Normal);
        cluster.List(TestCluster.Ports(1, 2, 3));

        cluster.Pass(10.5);

        Assert.Equal(HealthState.Healthy, cluster[1].Health.Status.State);
    }

    private static void Samples(TestCluster cluster, int count)
    {
        foreach (var endpoint in cluster.Snapshot.Endpoints)
        {
            for (var i = 0; i < count; i++)
            {
                endpoint.Load.Latencies.Add(TimeSpan.FromMilliseconds(endpoint.Port == 1 ? 300 : 10).Ticks);
            }
        }
    }
}
