using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Calls;

/// <summary>What calls without an answer end with.</summary>
public class ClusterCallerErrorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Callers_own_error_is_thrown_as_it_is_and_not_retried()
    {
        using var bench = new CallBench(3, new Script(_ => throw new InvalidOperationException("the content is broken")));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => bench.CallAsync());

        Assert.Equal("the content is broken", error.Message);
        Assert.Single(bench.Transport.Sent);
        Assert.Equal((0, 1), (bench.InFlight, bench.Transport.Finished));
    }

    [Fact]
    public async Task A_nested_load_balanced_call_that_fails_leaves_no_lease_behind()
    {
        CallFailedException nested;
        using (var inner = new CallBench(1, new Script(_ => throw new IOException("reset"))))
        {
            nested = await inner.FailAsync();
        }

        using var bench = new CallBench(2, new Script(_ => throw nested));

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => bench.CallAsync());

        Assert.Equal((0, 1), (bench.InFlight, bench.Transport.Finished));
    }

    [Fact]
    public async Task All_attempts_fail_the_error_names_reason_cluster_endpoints_and_causes()
    {
        using var bench = new CallBench(3, new Script(endpoint => throw new IOException($"reset by {endpoint.Port}")));

        var error = await bench.FailAsync();

        Assert.Equal((CallFailureReason.AttemptsFailed, "orders", 3), (error.Reason, error.Cluster, error.Attempts.Count));
        Assert.IsType<IOException>(error.InnerException);
        Assert.Equal(HttpRequestError.ResponseEnded, error.HttpRequestError);
        Assert.Contains("'orders'", error.Message, StringComparison.Ordinal);
        Assert.All(bench.Transport.Sent, port => Assert.Contains($"10.0.0.1:{port}: Reset after 0 ms (reset by {port})", error.Message, StringComparison.Ordinal));
        Assert.Equal(1, bench.Cluster.Log.Count(301));
    }

    [Fact]
    public async Task No_endpoints_the_error_says_so_and_what_was_prepared_is_given_back()
    {
        using var bench = new CallBench(0, new Script(static _ => "fine") { Prepares = true });

        var error = await bench.FailAsync();

        Assert.Equal(CallFailureReason.NoEndpoints, error.Reason);
        Assert.Contains("its source knows none", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, bench.Transport.Finished);
    }

    [Fact]
    public async Task No_endpoint_may_be_used_the_error_says_what_each_one_is()
    {
        using var bench = new CallBench(0, new Script(static _ => "fine"));
        bench.Cluster.List(TestCluster.At(1) with { Weight = 0 });

        var error = await bench.FailAsync();

        Assert.Contains("10.0.0.1:1 is draining", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Not_resolved_in_time_the_error_says_what_the_source_last_said()
    {
        using var cluster = new TestCluster(new ClusterOptions { FirstResolution = TimeSpan.FromSeconds(2) });
        using var wheel = new TimeoutWheel(cluster.Clock);
        var caller = new ClusterCaller<string, string>(cluster.Cluster, new Script(static _ => "fine"), wheel, new SeededRandomSource(1), cluster.Log);
        cluster.Cluster.Discovery = cluster.Cluster.Discovery with { LastError = "connection refused by consul:8500" };
        var call = caller.CallAsync("request", new CallPlan(new(), new(), cluster.Time), isAsync: true, default);

        cluster.Time.Advance(2.1);

        var error = await Assert.ThrowsAsync<CallFailedException>(() => call.WaitAsync(Patience));
        Assert.Equal(CallFailureReason.NotResolved, error.Reason);
        Assert.Contains("waited 2 s", error.Message, StringComparison.Ordinal);
        Assert.Contains("connection refused by consul:8500", error.Message, StringComparison.Ordinal);
    }
}
