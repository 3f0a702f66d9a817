using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

/// <summary>New and returning endpoints begin with a part of their weight.</summary>
public class SlowStartTests
{
    [Fact]
    public void New_endpoint_grows_from_the_minimum_to_its_whole_weight_and_then_nothing_is_published_any_more()
    {
        using var cluster = TestCluster.Of(2, Options("round_robin", 10));
        cluster.List(TestCluster.Ports(1, 2, 3));
        Assert.Equal(0.1, WeightOf(cluster, 3), 3);

        cluster.Pass(5);
        Assert.InRange(WeightOf(cluster, 3), 0.4, 0.52);
        Assert.Equal((1, 1), (WeightOf(cluster, 1), WeightOf(cluster, 2)));
        cluster.Pass(5);

        Assert.Equal(1, WeightOf(cluster, 3));
        Assert.Equal(0, cluster.Snapshot.StartingUntil);
        var version = cluster.Snapshot.Version;
        cluster.Pass(20);
        Assert.Equal(version, cluster.Snapshot.Version);
    }

    [Fact]
    public void Shares_follow_the_weight()
    {
        using var cluster = TestCluster.Of(2, Options("round_robin", 10));
        cluster.List(TestCluster.Ports(1, 2, 3));
        cluster.Pass(5);

        var weight = WeightOf(cluster, 3);
        var share = Enumerable.Range(0, 10_000).Count(_ => cluster.Snapshot.Picker.Pick(new PickContext(cluster.Clock.Now))!.Port == 3) / 10_000.0;

        Assert.Equal(weight / (2 + weight), share, 2);
    }

    [Fact]
    public void Snapshots_are_a_few_in_the_window_and_at_most_ten_in_a_second()
    {
        using var cluster = TestCluster.Of(2, Options("round_robin", 60));
        cluster.List(TestCluster.Ports(1, 2, 3));
        var before = cluster.Snapshot.Version;
        cluster.Pass(61);
        Assert.InRange(cluster.Snapshot.Version - before, 8, 12);

        using var quick = TestCluster.Of(2, Options("round_robin", 0.5));
        quick.List(TestCluster.Ports(1, 2, 3));
        before = quick.Snapshot.Version;
        quick.Pass(1);
        Assert.InRange(quick.Snapshot.Version - before, 3, 6);
    }

    [Fact]
    public void Endpoints_of_the_first_list_begin_with_their_whole_weight()
    {
        using var cluster = new TestCluster(Options("round_robin", 10));
        cluster.List();
        cluster.Pass(3);
        cluster.List(TestCluster.Ports(1, 2));

        Assert.Equal((1, 1), (WeightOf(cluster, 1), WeightOf(cluster, 2)));
    }

    [Fact]
    public void Endpoint_that_returns_to_health_starts_slowly()
    {
        using var cluster = TestCluster.Of(3, Options("least_request", 10));
        cluster.Pass(30);
        cluster.Refuse(2);
        cluster.Pass(0.2);
        Assert.Equal([1, 3], cluster.Eligible());
        cluster.ProbesAnswer();
        cluster.Pass(3);
        var status = cluster[2].Health.Status;
        if (status.State == HealthState.Probation)
        {
            cluster.Answer(2);
            cluster.Pass(0.2);
        }

        Assert.Equal([1, 2, 3], cluster.Eligible());
        Assert.InRange(WeightOf(cluster, 2), 0.1, 0.3);
        cluster.Pass(11);
        Assert.Equal(1, WeightOf(cluster, 2));
    }

    [Theory]
    [InlineData(RecallPolicy.PolicyName)]
    [InlineData(PickFirstPolicy.PolicyName)]
    public void Policy_that_has_its_own_way_is_left_alone(string policy)
    {
        using var cluster = TestCluster.Of(2, Options(policy, 10));
        cluster.List(TestCluster.Ports(1, 2, 3));

        Assert.Equal(1, WeightOf(cluster, 3));
        Assert.Equal(0, cluster.Snapshot.StartingUntil);
    }

    [Fact]
    public void Off_by_default()
    {
        using var cluster = TestCluster.Of(2, new ClusterOptions { Policy = "round_robin" });
        cluster.List(TestCluster.Ports(1, 2, 3));

        Assert.Equal(1, WeightOf(cluster, 3));
    }

    [Theory]
    [InlineData(1, 0.1, 0, 0.1)]
    [InlineData(1, 0.1, 5, 0.5)]
    [InlineData(2, 0.1, 2.5, 0.5)]
    [InlineData(0.5, 0.1, 5, 0.25)]
    [InlineData(1, 0.4, 1, 0.4)]
    [InlineData(1, 0.1, 10, 1)]
    [InlineData(1, 0.1, 1000, 1)]
    public void Factor_is_the_age_over_the_window_to_the_inverse_of_the_aggression(double aggression, double minimum, double age, double expected)
    {
        var time = new VirtualTime();
        var endpoint = new Endpoint(TestCluster.At(1), new MonotonicClock(time));
        var options = new SlowStartOptions { Window = TimeSpan.FromSeconds(10), Aggression = aggression, Minimum = minimum };
        var until = 0L;
        time.Advance(age);

        Assert.Equal(expected, SlowStart.Factor(endpoint, options, endpoint.BornAt - 1, time.GetTimestamp(), ref until), 6);
        Assert.Equal(age < 10 ? endpoint.BornAt + options.Window.Ticks : 0, until);
        Assert.Equal(1, SlowStart.Factor(endpoint, options, endpoint.BornAt, time.GetTimestamp(), ref until));
    }

    private static double WeightOf(TestCluster cluster, int port) => cluster.Snapshot.Members.Single(member => member.Endpoint.Port == port).Weight;

    private static ClusterOptions Options(string policy, double window)
    {
        var options = new ClusterOptions { Policy = policy };
        options.LoadBalancing.SlowStart.Window = TimeSpan.FromSeconds(window);
        return options;
    }
}
