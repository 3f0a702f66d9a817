using System.Collections.Concurrent;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

public class NewcomersTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Endpoint_that_comes_later_is_held_until_it_is_ready()
    {
        using var cluster = new TestCluster();
        var preparer = Preparer.Of(cluster);
        cluster.List(TestCluster.Ports(1, 2));
        Assert.Equal([1, 2], cluster.Eligible());
        Assert.Empty(preparer.Asked);

        cluster.List(TestCluster.Ports(1, 2, 3));
        Assert.Equal([1, 2], cluster.Eligible());
        Assert.Equal(1, cluster.Cluster.Loop.CountStates()["pending"]);

        await preparer.ReadyAsync(3);
        await HeldAsync(cluster, 3, false);
        cluster.Pass(0.1);
        Assert.Equal([1, 2, 3], cluster.Eligible());
    }

    [Fact]
    public async Task Endpoint_that_is_held_is_eligible_where_no_other_is()
    {
        using var cluster = TestCluster.Of(1);
        var preparer = Preparer.Of(cluster);
        cluster.List(TestCluster.Ports(2));

        Assert.Equal([2], cluster.Eligible());
        Assert.Equal(Eligibility.HardEjected, cluster.Snapshot.Eligibility);
        await preparer.ReadyAsync(2);
        await HeldAsync(cluster, 2, false);
    }

    [Fact]
    public async Task Endpoint_that_can_not_be_made_ready_is_held_no_longer_than_the_limit()
    {
        using var cluster = TestCluster.Of(1);
        var preparer = Preparer.Of(cluster);
        cluster.List(TestCluster.Ports(1, 2));
        await preparer.AskedForAsync(2);
        cluster.Pass(1.5);
        Assert.Equal([1], cluster.Eligible());

        cluster.Pass(1);
        await HeldAsync(cluster, 2, false);
        cluster.Pass(0.1);

        Assert.Equal([1, 2], cluster.Eligible());
    }

    [Fact]
    public async Task Preparation_that_throws_is_said_and_holds_nobody()
    {
        using var cluster = TestCluster.Of(1);
        var preparer = Preparer.Of(cluster);
        cluster.List(TestCluster.Ports(1, 2));
        await preparer.FailAsync(2);
        await HeldAsync(cluster, 2, false);
        cluster.Pass(0.1);

        Assert.Equal([1, 2], cluster.Eligible());
        Assert.Contains("it broke", cluster.Log.TextOf(235), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoint_that_is_back_after_it_had_drained_is_made_ready_and_one_that_still_drains_is_not()
    {
        using var cluster = TestCluster.Of(2);
        var preparer = Preparer.Of(cluster);
        cluster.List(TestCluster.At(1), TestCluster.At(2) with { Weight = 0 });
        cluster.Pass(1);
        cluster.List(TestCluster.At(1), TestCluster.At(2) with { Weight = 0 }, TestCluster.At(3) with { Weight = 0 });
        cluster.Pass(1);
        Assert.False(cluster[3].Health.IsHeld);

        cluster.List(TestCluster.Ports(1, 2));
        Assert.Equal([1], cluster.Eligible());
        await preparer.ReadyAsync(2);
        await HeldAsync(cluster, 2, false);
        cluster.Pass(0.1);

        Assert.Equal([1, 2], cluster.Eligible());
        Assert.Equal([2], preparer.Asked);
    }

    [Fact]
    public async Task Crowd_is_made_ready_a_part_at_a_time()
    {
        using var cluster = TestCluster.Of(1);
        var preparer = Preparer.Of(cluster);
        cluster.List([.. Enumerable.Range(1, 101).Select(TestCluster.At)]);
        await EventuallyAsync(() => preparer.Asked.Count == 64);
        Assert.Equal(100, cluster.Snapshot.Endpoints.Count(static endpoint => endpoint.Health.IsHeld));

        await preparer.ReadyAsync(preparer.Asked.First());
        await EventuallyAsync(() => preparer.Asked.Count == 65);
    }

    private static Task HeldAsync(TestCluster cluster, int port, bool isHeld)
    {
        var endpoint = cluster[port];
        return EventuallyAsync(() => endpoint.Health.IsHeld == isHeld);
    }

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, "It did not happen.");
            await Task.Yield();
        }
    }

    /// <summary>Makes endpoints ready when the test says so.</summary>
    private sealed class Preparer : IEndpointPreparer
    {
        private readonly ConcurrentDictionary<int, TaskCompletionSource> _ready = new();
        public TimeSpan Limit => TimeSpan.FromSeconds(2);

        public ConcurrentQueue<int> Asked { get; } = new();

        public static Preparer Of(TestCluster cluster)
        {
            var preparer = new Preparer();
            cluster.Cluster.Loop.Newcomers.Register(preparer);
            return preparer;
        }

        public Task PrepareAsync(Endpoint endpoint, CancellationToken cancellationToken)
        {
            Asked.Enqueue(endpoint.Port);
            return Ready(endpoint.Port).Task.WaitAsync(cancellationToken);
        }

        public Task AskedForAsync(int port) => EventuallyAsync(() => Asked.Contains(port));

        public async Task ReadyAsync(int port)
        {
            await AskedForAsync(port);
            Ready(port).SetResult();
        }

        public async Task FailAsync(int port)
        {
            await AskedForAsync(port);
            Ready(port).SetException(new InvalidOperationException("it broke"));
        }

        private TaskCompletionSource Ready(int port) => _ready.GetOrAdd(port, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
