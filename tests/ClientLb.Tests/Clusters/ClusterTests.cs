using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

/// <summary>Clusters that run: their loop and their watch are real, time is virtual.</summary>
public class ClusterTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Resolved_list_comes_the_waiting_call_goes_on()
    {
        var source = new PushedSource();
        using var cluster = Start(source);
        var waiting = cluster.ResolveAsync();
        Assert.False(waiting.IsCompleted);

        source.Push(TestCluster.At(1));

        Assert.Equal(1, Assert.Single((await waiting.WaitAsync(Patience)).Eligible).Port);
        Assert.True(cluster.ResolveAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Resolved_no_list_in_time_the_call_goes_on_unresolved_and_later_ones_do_not_wait()
    {
        using var cluster = Start(new PushedSource(), new ClusterOptions { FirstResolution = TimeSpan.FromSeconds(5) });
        var waiting = cluster.ResolveAsync();
        cluster.Time.Advance(4.9);
        Assert.False(waiting.IsCompleted);
        cluster.Time.Advance(0.2);

        Assert.False((await waiting.WaitAsync(Patience)).IsResolved);
        Assert.True(cluster.ResolveAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Resolved_caller_gives_up_the_wait()
    {
        using var cluster = Start(new PushedSource());
        using var caller = new CancellationTokenSource();
        var waiting = cluster.ResolveAsync(caller.Token);

        await caller.CancelAsync();

        Assert.Equal(caller.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting)).CancellationToken);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-36_000_000_000)]
    public async Task Age_of_a_list_from_before_the_clock_began_is_known_and_none_is_known_before_the_first_list(long confirmedAt)
    {
        var source = new PushedSource();
        using var cluster = Start(source);
        source.Push(new EndpointUpdate([], 0, UpdateFreshness.Unchanged) { Error = new InvalidOperationException("down") });
        await EventuallyAsync(() => cluster.Cluster.Discovery.Errors == 1);
        Assert.Null(cluster.Cluster.DiscoveryAge);
        Assert.Null(cluster.Cluster.Discovery.Freshness);

        source.Push(new EndpointUpdate(TestCluster.Ports(1), confirmedAt, UpdateFreshness.Stale));
        await cluster.ResolveAsync().WaitAsync(Patience);

        Assert.Equal(TimeSpan.FromTicks(cluster.Clock.Now - confirmedAt), cluster.Cluster.DiscoveryAge);
        Assert.Equal(UpdateFreshness.Stale, cluster.Cluster.Discovery.Freshness);
        source.Push(new EndpointUpdate(TestCluster.Ports(1), cluster.Clock.Now, UpdateFreshness.Unchanged));
        await EventuallyAsync(() => cluster.Cluster.Discovery.Freshness == UpdateFreshness.Fresh);
    }

    [Fact]
    public async Task Source_throws_it_is_started_again_with_growing_pauses_and_the_list_stays()
    {
        var source = new PushedSource();
        using var cluster = Start(source);
        source.Push(TestCluster.At(1));
        await cluster.ResolveAsync().WaitAsync(Patience);
        await source.NextWatchAsync().WaitAsync(Patience);
        var expected = 0.4;
        for (var i = 1; i <= 4; i++)
        {
            var pause = cluster.Time.NextWaitAsync(static due => due > TimeSpan.FromMilliseconds(150) && due != TimeSpan.FromSeconds(5));

            source.Break(new InvalidOperationException("broken " + i));

            Assert.InRange((await pause.WaitAsync(Patience)).TotalSeconds, expected / 2, expected);
            Assert.Equal((i, "broken " + i), (cluster.Cluster.Discovery.Errors, cluster.Cluster.Discovery.LastError));
            Assert.Equal([1], cluster.Eligible());
            cluster.Time.Advance(expected);
            await source.NextWatchAsync().WaitAsync(Patience);
            expected *= 2;
        }

        source.Push(new EndpointUpdate([TestCluster.At(1)], cluster.Clock.Now));
        await EventuallyAsync(() => cluster.Cluster.Discovery.Errors == 0);
        Assert.Null(cluster.Cluster.Discovery.LastError);
        Assert.Equal((4, 1), (cluster.Log.Count(106), cluster.Log.Count(107)));
    }

    [Fact]
    public async Task Source_reports_an_error_and_goes_on_the_list_stays_and_it_is_said()
    {
        var source = new PushedSource();
        using var cluster = Start(source);
        source.Push(TestCluster.At(1));
        source.Push(new EndpointUpdate([], 0, UpdateFreshness.Stale) { Error = new DiscoveryException(DiscoveryErrorKind.Unavailable, "no leader"), Note = "look" });

        await EventuallyAsync(() => cluster.Cluster.Discovery.Errors == 1);
        await cluster.ResolveAsync().WaitAsync(Patience);

        Assert.Equal("no leader", cluster.Cluster.Discovery.LastError);
        Assert.Equal([1], cluster.Eligible());
        Assert.Contains("look", cluster.Log.TextOf(108), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Source_gives_its_first_list_beside_an_error_the_list_is_used_and_the_error_said()
    {
        var source = new PushedSource();
        using var cluster = Start(source);
        source.Push(new EndpointUpdate([TestCluster.At(1)], 7, UpdateFreshness.Stale) { Error = new DiscoveryException(DiscoveryErrorKind.Unavailable, "no leader") });

        Assert.Equal([1], (await cluster.ResolveAsync().WaitAsync(Patience)).Eligible.Select(endpoint => endpoint.Port));
        Assert.Equal((1, "no leader", 7), (cluster.Cluster.Discovery.Errors, cluster.Cluster.Discovery.LastError, cluster.Cluster.Discovery.ConfirmedAt));
    }

    [Fact]
    public async Task Source_is_asked_for_a_fresh_look_when_an_endpoint_refuses()
    {
        var source = new PushedSource();
        using var cluster = Start(source);
        var refresh = await source.NextWatchAsync().WaitAsync(Patience);
        source.Push(TestCluster.Ports(1, 2));
        await cluster.ResolveAsync().WaitAsync(Patience);

        cluster.Refuse(1);

        await refresh.WaitAsync(CancellationToken.None).WaitAsync(Patience);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_ends_within_two_seconds_also_with_a_source_that_overlooks_its_token(bool ignores)
    {
        foreach (var isAsync in new[] { true, false })
        {
            var source = new PushedSource { IgnoresToken = ignores };
            var cluster = Start(source);
            source.Push(TestCluster.At(1));
            await cluster.ResolveAsync().WaitAsync(Patience);

            var started = TimeProvider.System.GetTimestamp();
            if (isAsync)
            {
                await cluster.Cluster.DisposeAsync();
            }
            else
            {
                cluster.Cluster.Dispose();
            }

            Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 2);
            await cluster.Cluster.DisposeAsync();
            cluster.Cluster.Dispose();
        }
    }

    [Fact]
    public async Task Dispose_resources_of_endpoints_are_closed_and_no_timer_is_left()
    {
        var source = new PushedSource();
        var cluster = Start(source);
        source.Push(TestCluster.At(1));
        var snapshot = await cluster.ResolveAsync().WaitAsync(Patience);
        var resource = new MemoryStream();
        snapshot.Endpoints[0].Resources.Add(resource);

        await cluster.Cluster.DisposeAsync();

        Assert.False(resource.CanRead);
        await EventuallyAsync(() => cluster.Time.TimerCount == 0);
    }

    [Fact]
    public void Report_success_funds_the_budget_and_teaches_the_load()
    {
        using var cluster = TestCluster.Of(1);
        while (cluster.Cluster.Budget.TryWithdraw())
        {
        }

        cluster.Answer([1, 1, 1, 1, 1]);

        Assert.True(cluster.Cluster.Budget.TryWithdraw());
        Assert.Equal(5, cluster[1].Load.Successes);
        Assert.NotEqual(0, cluster[1].Load.PeakLatency);
    }

    [Fact]
    public void Report_failures_earn_nothing_and_look_slow()
    {
        using var cluster = TestCluster.Of(2);
        cluster.Answer(1);
        var before = (cluster[1].Load.PeakLatency, cluster.Cluster.Budget.Balance);

        cluster.Fail(1, 1);

        Assert.True(cluster[1].Load.PeakLatency > before.PeakLatency);
        Assert.Equal(before.Balance, cluster.Cluster.Budget.Balance);
    }

    [Theory]
    [InlineData(OutcomeKind.Ignored)]
    [InlineData(OutcomeKind.Overloaded)]
    public void Report_probation_without_a_verdict_gives_its_slot_back_when_its_time_would_have_been_over(OutcomeKind kind)
    {
        using var cluster = TestCluster.Of(2);
        cluster.Refuse(1);
        cluster.ProbesAnswer();
        cluster.Pass(1.2);
        var endpoint = cluster[1];
        Assert.True(LeaseSteps.TryLease(cluster.Snapshot, cluster.Clock.Now, true, default, out var lease));
        Assert.Equal((endpoint, true), (lease.Endpoint, lease.IsProbation));

        cluster.Cluster.Report(lease, new AttemptReport(kind, Evidence.CallerCancelled, lease.StartedAt, cluster.Clock.Now));

        Assert.Equal(HealthState.Probation, endpoint.Health.Status.State);
        Assert.False(endpoint.Health.TryTakeProbation(cluster.Clock.Now, cluster.Clock.Now + 1));
        cluster.Pass(1.1);
        Assert.True(endpoint.Health.TryTakeProbation(cluster.Clock.Now, cluster.Clock.Now + 1));
    }

    private static TestCluster Start(IEndpointSource source, ClusterOptions? options = null)
    {
        var cluster = new TestCluster(options, source);
        cluster.Cluster.Start();
        return cluster;
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
}
