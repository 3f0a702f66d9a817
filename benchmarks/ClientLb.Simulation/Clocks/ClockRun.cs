using ClientLb.Balancing;
using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Simulation.Dispatch;
using ClientLb.Simulation.Model;
using ClientLb.Simulation.Outages;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClientLb.Simulation.Clocks;

/// <summary>
/// Calls on several threads, whose timeouts come from one pool, while other threads cancel some of them and look at the deadlines of all as often as they can. What is
/// meant for one call must never stop another that has its clock by now. Some fail at once and are made again within the time of the call: their attempts have the same
/// deadline, and most often the same clock.
/// </summary>
internal sealed class ClockRun : IDisposable
{
    private const int SlotsOfThread = 8;

    // So many of those that will be stopped wait for it: whatever the threads do, some are.
    private const int Waiting = 1000;

    // What a call is that fails twice and is made again.
    private const int Retried = 4;
    private const int MaxAttempts = 3;

    // As seen by the wheel: a short time is over in about so many looks, a long one never.
    private const int Looks = 20;
    private static readonly long s_look = TimeSpan.FromMilliseconds(0.1).Ticks;

    private readonly ManualTime _time = new();
    private readonly ClientLbMetrics _metrics = new(null);
    private readonly TimeoutWheel _wheel;
    private readonly Cluster _cluster;
    private readonly ClusterCaller<Call, Answer> _caller;
    private readonly CallPlan _long;
    private readonly CallPlan _short;
    private readonly CallPlan _repeated;
    private readonly Cancellation?[] _slots;
    private volatile bool _isOver;
    private long _cancelled;
    private long _timedOut;
    private long _foreign;
    private long _retried;

    private ClockRun(int threads, ulong seed)
    {
        _slots = new Cancellation?[threads * SlotsOfThread];
        var clock = new MonotonicClock(_time);
        var random = new SeededRandomSource(seed);
        var services = new ClusterServices(clock, random, new LoadBalancingPolicies([]), ListeningProbe.Instance, _metrics, NullLogger.Instance);
        var options = new ClusterOptions();
        options.OutlierDetection.Enabled = false;
        options.Limits.Adaptive.Enabled = false;
        options.RetryBudget.Ratio = 10;
        _cluster = new Cluster("servers", options, new StaticEndpointSource("servers", []), services);
        _cluster.Loop.Post(new EndpointUpdate([new EndpointDescriptor("10.0.0.1", 1)], _time.GetTimestamp()));
        _cluster.Loop.Step();
        _wheel = new TimeoutWheel(clock);
        var retry = new RetryOptions { MaxAttempts = 1 };
        var never = TimeSpan.FromDays(3650);
        _long = new CallPlan(new TimeoutOptions { Attempt = never, Call = never }, retry, _time);
        var shortly = TimeSpan.FromTicks(Looks * s_look);
        _short = new CallPlan(new TimeoutOptions { Attempt = shortly, Call = never }, retry, _time);
        _repeated = new CallPlan(new TimeoutOptions { Attempt = shortly, Call = shortly }, new RetryOptions { MaxAttempts = MaxAttempts, BaseDelay = TimeSpan.Zero }, _time);
        _caller = new ClusterCaller<Call, Answer>(_cluster, new VirtualTransport(SendAsync), _wheel, ThreadRandomSource.Instance, NullLogger.Instance);
    }

    /// <param name="calls">How many calls.</param>
    /// <param name="threads">On how many threads.</param>
    /// <param name="seed">The seed of what the calls do; threads make the rest.</param>
    public static ClockFigures Of(long calls, int threads, ulong seed)
    {
        using var run = new ClockRun(threads, seed);
        return run.ToTheEnd(calls, threads, seed);
    }

    public void Dispose()
    {
        _wheel.Dispose();
        _cluster.Dispose();
        _metrics.Dispose();
    }

    private ClockFigures ToTheEnd(long calls, int threads, ulong seed)
    {
        var looking = new Thread(LookOn) { IsBackground = true };
        var cancelling = new Thread(CancelOn) { IsBackground = true };
        looking.Start();
        cancelling.Start();
        var share = calls / threads;
        Task.WaitAll(Enumerable.Range(0, threads).Select(i => Task.Run(() => CallOnAsync(share, new Chance(seed + (ulong)i), i))).ToArray());
        _isOver = true;
        looking.Join();
        cancelling.Join();
        return new ClockFigures(share * threads, _cancelled, _timedOut, _retried, _foreign);
    }

    private async Task CallOnAsync(long calls, Chance chance, int thread)
    {
        for (var i = 0L; i < calls; i++)
        {
            var cancellation = chance.Next(8) == 0 ? new Cancellation() : null;
            var kind = cancellation is not null && chance.Next(4) == 0 ? 3 : chance.Next(16);
            var waits = (kind == 0 || cancellation is not null) && chance.Next(Waiting) == 0;
            var isRepeated = kind == Retried;
            var call = new Call(0, 0, waits ? Waiting : kind) { Traits = isRepeated ? CallTraits.RepeatableAndReplayable : CallTraits.None };
            ref var slot = ref _slots[(thread * SlotsOfThread) + (int)(i % SlotsOfThread)];
            if (cancellation is not null)
            {
                Volatile.Write(ref slot, cancellation);
            }

            await CallAsync(call, kind == 0 ? _short : isRepeated ? _repeated : _long, cancellation).ConfigureAwait(false);
        }
    }

    private async Task CallAsync(Call call, CallPlan plan, Cancellation? cancellation)
    {
        try
        {
            await _caller.CallAsync(call, plan, isAsync: true, cancellation?.Source.Token ?? CancellationToken.None).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref cancellation?.IsCancelled == true ? ref _cancelled : ref _foreign);
        }
        catch (CallFailedException)
        {
            Interlocked.Increment(ref ReferenceEquals(plan, _long) ? ref _foreign : ref _timedOut);
        }

        if (call.Attempts > 1)
        {
            Interlocked.Increment(ref _retried);
        }
    }

    /// <summary>Most are answered at once, some on another thread, and some take a while, so that they are stopped now and then.</summary>
    private async Task<Answer> SendAsync(Call call, Endpoint endpoint, CancellationToken token)
    {
        var kind = (int)call.Work;
        if ((call.Traits & CallTraits.Repeatable) != 0 && ++call.Attempts < MaxAttempts)
        {
            return Answer.Error;
        }

        if (kind is 1 or 2)
        {
            await Task.Yield();
        }

        for (var left = kind switch { 0 or Retried => 60, 3 => 30, Waiting => int.MaxValue, _ => 0 }; left > 0 && !token.IsCancellationRequested; left--)
        {
            Thread.SpinWait(10);
        }

        token.ThrowIfCancellationRequested();
        return Answer.Good;
    }

    private void LookOn()
    {
        while (!_isOver)
        {
            _time.Advance(s_look);
            _wheel.Tick();
        }
    }

    private void CancelOn()
    {
        for (var i = 0; !_isOver; i = (i + 1) % _slots.Length)
        {
            if (Interlocked.Exchange(ref _slots[i], null) is { } cancellation)
            {
                // Said before it is done.
                cancellation.IsCancelled = true;
                cancellation.Source.Cancel();
            }
        }
    }

    private sealed class Cancellation
    {
        private volatile bool _isCancelled;

        public CancellationTokenSource Source { get; } = new();

        public bool IsCancelled
        {
            get => _isCancelled;
            set => _isCancelled = value;
        }
    }
}
