using ClientLb.Balancing;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

/// <summary>Listeners and policies of the application's may throw: nothing is lost with it.</summary>
public class UserCodeThatThrowsTests
{
    [Fact]
    public async Task Listener_to_drains_that_throws_silences_no_other_and_is_told()
    {
        using var cluster = TestCluster.Of(3);
        var told = new TaskCompletionSource<DrainEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Cluster.DrainEnded += static (_, _) => throw new InvalidOperationException("mine");
        cluster.Cluster.DrainEnded += (_, end) => told.TrySetResult(end);

        cluster.Answer(1, 2, 3);
        cluster.List(TestCluster.Ports(2, 3));
        cluster.Pass(1);

        Assert.Equal(0, (await told.Task.WaitAsync(TimeSpan.FromSeconds(20))).CutOff);
        Assert.Equal(1, cluster.Log.Count(236));
    }

    [Fact]
    public void Policy_that_throws_costs_no_place_of_the_clusters_limit()
    {
        using var cluster = new TestCluster(new ClusterOptions { Policy = "moody", Limits = { InFlight = 1 } }, null, new MoodyPolicy());
        cluster.List(TestCluster.Ports(1, 2));
        for (var i = 0; i < 3; i++)
        {
            MoodyPolicy.IsAngry = true;
            Assert.Throws<InvalidOperationException>(() => Take(cluster));
        }

        MoodyPolicy.IsAngry = false;
        Assert.NotNull(Take(cluster));
        Assert.Equal(1, cluster.Cluster.Gate.InFlight);
    }

    private static Lease? Take(TestCluster cluster)
    {
        var snapshot = cluster.Snapshot;
        return cluster.Cluster.Gate.TryLease(ref snapshot, cluster.Clock.Now, false, default, isFirst: true, out var lease, default) ? lease : null;
    }

    private sealed class MoodyPolicy : ILoadBalancingPolicy
    {
        [ThreadStatic]
        public static bool IsAngry;

        public string Name => "moody";

        public Picker CreatePicker(in PickerInput input) => new MoodyPicker(input.Members[0].Endpoint);

        private sealed class MoodyPicker(Endpoint endpoint) : Picker
        {
            public override Endpoint? Pick(in PickContext context) => IsAngry ? throw new InvalidOperationException("mine") : endpoint;
        }
    }
}
