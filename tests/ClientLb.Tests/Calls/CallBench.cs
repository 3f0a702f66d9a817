using ClientLb.Balancing;
using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Calls;

/// <summary>A caller over a scripted transport and a cluster in virtual time.</summary>
internal sealed class CallBench : IDisposable
{
    private readonly CallPlan _plan;

    public CallBench(
        int endpoints, Script script, Action<RetryOptions, TimeoutOptions>? configure = null, ClusterOptions? options = null, HedgingOptions? hedging = null, ILoadBalancingPolicy? policy = null)
    {
        Cluster = policy is null ? TestCluster.Of(endpoints, options) : new TestCluster(options, null, policy);
        if (policy is not null)
        {
            Cluster.List(TestCluster.Ports([.. Enumerable.Range(1, endpoints)]));
        }

        Transport = script;
        Wheel = new TimeoutWheel(Cluster.Clock);
        var (retry, timeouts) = (new RetryOptions { BaseDelay = TimeSpan.Zero }, new TimeoutOptions());
        configure?.Invoke(retry, timeouts);
        _plan = new CallPlan(timeouts, retry, Cluster.Time, hedging);
        Caller = new ClusterCaller<string, string>(Cluster.Cluster, script, Wheel, new SeededRandomSource(5), Cluster.Log);
    }

    public TestCluster Cluster { get; }

    public Script Transport { get; }

    public TimeoutWheel Wheel { get; }

    public ClusterCaller<string, string> Caller { get; }

    public double Budget => Cluster.Cluster.Budget.Balance;

    public int InFlight => Cluster.Snapshot.Endpoints.Sum(endpoint => endpoint.Load.InFlight);

    public Task<string> CallAsync(CancellationToken cancellationToken = default)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return Caller.CallAsync("request", _plan, isAsync: true, cancellationToken);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    public string Call() => Caller.CallAsync("request", _plan, isAsync: false, default).GetAwaiter().GetResult();

    public async Task<CallFailedException> FailAsync() => await Assert.ThrowsAsync<CallFailedException>(() => CallAsync());

    /// <summary>Takes all tokens but some.</summary>
    public void LeaveTokens(int count)
    {
        while (Budget > count)
        {
            Cluster.Cluster.Budget.TryWithdraw();
        }
    }

    /// <summary>Waits until the token is cancelled, as a transport does that gets no answer.</summary>
    public static async Task<string> HangAsync(CancellationToken cancellationToken)
    {
        var hanging = new TaskCompletionSource<string>();
        await using (cancellationToken.UnsafeRegister(_ => hanging.TrySetCanceled(cancellationToken), null))
        {
            return await hanging.Task.ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        Wheel.Dispose();
        Cluster.Dispose();
    }
}
