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
    public void Twenty_answers_in_an_interval_are_enough_after_thousands_too()
    {
        using var cluster = TestCluster.Of(5);
        Answers(cluster, 2000, slow: 10);
        cluster.Pass(100);
        Assert.All(cluster.Snapshot.Endpoints, static endpoint => Assert.InRange(endpoint.Load.Latencies.Samples, 0, 19));

        // Two a second: of one in eight there would be two or three.
        for (var i = 0; i < 44 && cluster[1].Health.Status.State == HealthState.Healthy; i++)
        {
            Answers(cluster, 1, slow: 300);
            cluster.Pass(0.5);
        }

        Assert.Equal((HealthState.Ejected, Evidence.Slow), (cluster[1].Health.Status.State, cluster[1].Health.Status.Evidence));
    }

    [Fact]
    public void Of_many_answers_in_an_interval_one_in_eight_is_taken_beyond_the_first_twenty()
    {
        using var cluster = TestCluster.Of(2);
        Answers(cluster, 2000, slow: 10);
        cluster.Pass(10.2);
        var before = cluster[2].Load.Latencies.Samples;

        Answers(cluster, 1600, slow: 10);

        Assert.InRange(cluster[2].Load.Latencies.Samples - before, 170, 270);
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

    private static void Answers(TestCluster cluster, int count, double slow)
    {
        for (var i = 0; i < count; i++)
        {
            cluster.Time.Advance(0.00037);
            foreach (var endpoint in cluster.Snapshot.Endpoints)
            {
                var now = cluster.Clock.Now;
                var took = TimeSpan.FromMilliseconds(endpoint.Port == 1 ? slow : 10).Ticks;
                cluster.Cluster.Report(new Lease(endpoint, now - took, false), new AttemptReport(OutcomeKind.Success, Evidence.None, now - took, now));
            }
        }
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
