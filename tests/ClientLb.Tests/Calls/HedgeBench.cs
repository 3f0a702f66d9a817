using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ClientLb.Balancing;
using ClientLb.Calls;
using ClientLb.Clusters;

namespace ClientLb.Tests.Calls;

/// <summary>Calls that are hedged after 100 ms, over attempts that the test answers; it counts what comes of hedges.</summary>
internal sealed class HedgeBench : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<string> _hedges = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;

    public HedgeBench(int endpoints, Action<HedgingOptions>? configure = null, Action<RetryOptions, TimeoutOptions>? others = null, ILoadBalancingPolicy? policy = null)
    {
        var options = new HedgingOptions { Delay = TimeSpan.FromMilliseconds(100) };
        configure?.Invoke(options);
        var isMaking = false;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Every meter has the same name: the one that this thread makes now is ours.
            if (isMaking && Environment.CurrentManagedThreadId == _thread && instrument.Name == "clientlb.hedges")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, _, tags, _) => _hedges.Enqueue((string)tags[1].Value!));
        _listener.Start();
        isMaking = true;
        Calls = new CallBench(endpoints, new Script(Attempts.SendAsync), others, new ClusterOptions { Policy = policy?.Name ?? "round_robin" }, options, policy);
        isMaking = false;
    }

    /// <summary>What came of hedges, as the metric says.</summary>
    public IReadOnlyCollection<string> Hedges => _hedges;

    public HeldAnswers Attempts { get; } = new();

    public CallBench Calls { get; }

    public Script Transport => Calls.Transport;

    public static async Task EventuallyAsync(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < s_patience, "It did not happen.");
            await Task.Yield();
        }
    }

    public void Pass(double milliseconds) => Calls.Cluster.Time.Advance(milliseconds / 1000);

    /// <summary>An attempt is answered, and what follows from it happens here and now.</summary>
    public void Answer(int attempt, string answer) => Here(() => Attempts[attempt].SetResult(answer));

    public void Throw(int attempt, Exception exception) => Here(() => Attempts[attempt].SetException(exception));

    private static void Here(Action action)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            action();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>Everybody has ended: no lease is out and no token is missing but those that were spent.</summary>
    public async Task SettledAsync(double budget)
    {
        await EventuallyAsync(() => Calls.InFlight == 0);
        Assert.Equal(budget, Calls.Budget, 3);
        Assert.Equal(1, Transport.Finished);
        Assert.All(Calls.Cluster.Snapshot.Endpoints, static endpoint => Assert.Equal(0, endpoint.Load.Awaiting));
    }

    public void Dispose()
    {
        _listener.Dispose();
        Calls.Dispose();
    }
}
