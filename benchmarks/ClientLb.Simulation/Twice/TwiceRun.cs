using System.Runtime.ExceptionServices;
using ClientLb.Balancing;
using ClientLb.Calls;
using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Simulation.Dispatch;
using ClientLb.Simulation.Model;
using ClientLb.Simulation.Outages;
using ClientLb.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClientLb.Simulation.Twice;

/// <summary>
/// Calls that must not be repeated, among others that may be and are hedged, through the library's callers in virtual time, to servers that do all that servers do
/// wrong; with deadlines, and callers who cancel. Counted is how often servers have acted on each.
/// </summary>
internal sealed class TwiceRun : IDisposable
{
    private const int Clusters = 4;
    private const int Endpoints = 6;
    private const int FirstPort = 1;
    private const double CallsPerSecond = 2000;
    private const double MeanWork = 0.01;
    private const double LongestMood = 3;
    private static readonly Mood[] s_moods = [Mood.Well, Mood.Well, Mood.Well, Mood.Slow, Mood.Errs, Mood.Resets, Mood.Refuses, Mood.Busy, Mood.Frozen];

    private readonly long _calls;
    private readonly bool _pretends;
    private readonly World _world;
    private readonly Chance _chance;
    private readonly VirtualTime _time;
    private readonly ClientLbMetrics _metrics = new(null);
    private readonly Cluster[] _clusters = new Cluster[Clusters];
    private readonly TimeoutWheel[] _wheels = new TimeoutWheel[Clusters];
    private readonly ClusterCaller<Call, Answer>[] _callers = new ClusterCaller<Call, Answer>[Clusters];
    private readonly CallPlan _plan;
    private readonly InFlight _inFlight = new(Clusters);
    private readonly Mood[] _moods = new Mood[Clusters * Endpoints];
    private readonly Dictionary<int, (Call Call, Task Ended, CancellationTokenSource Source)> _cancellations = [];

    // The call of each request, whether its client still waits or not.
    private readonly Dictionary<int, Call> _acting = [];
    private int _cancellable;
    private long _begun;
    private long _pending;
    private long _attempts;
    private long _stopped;
    private long _cancelled;
    private long _elsewhere;
    private long _actedOnce;
    private long _twice;
    private long _repeated;
    private ExceptionDispatchInfo? _bug;

    private TwiceRun(long calls, ulong seed, bool pretends)
    {
        _calls = calls;
        _pretends = pretends;
        var size = new Size("twice", Clusters, Endpoints, 1, double.MaxValue, MeanWork, 0);
        _world = new World(new Cell(size, new Scenario(ScenarioKind.Homog), Distribution.Exponential, Discipline.Ps, 0.5, seed, Variations.None));
        _chance = new Chance(_world.Scenes.NextBits());
        _time = new VirtualTime(_world);
        var timeouts = new TimeoutOptions { Attempt = TimeSpan.FromSeconds(0.3), Call = TimeSpan.FromSeconds(0.8) };
        _plan = new CallPlan(timeouts, new RetryOptions(), _time, new HedgingOptions { Delay = TimeSpan.FromMilliseconds(50), MaxAttempts = 3 });
        var clock = new MonotonicClock(_time);
        var transport = new VirtualTransport(Send);
        var list = Enumerable.Range(FirstPort, Endpoints).Select(static port => new EndpointDescriptor("10.0.0.1", port)).ToArray();
        for (var i = 0; i < Clusters; i++)
        {
            var cluster = i;
            var probe = new VirtualProbe((endpoint, answer) => answer.SetResult(MoodOf(cluster, endpoint) != Mood.Refuses));
            var random = new SeededRandomSource(_world.Policies.NextBits());
            var services = new ClusterServices(clock, random, new LoadBalancingPolicies([new RecallPolicy(1, null)]), probe, _metrics, NullLogger.Instance);
            var options = new ClusterOptions { Policy = i % 2 == 0 ? RecallPolicy.PolicyName : "round_robin" };
            options.OutlierDetection.StallTime = TimeSpan.FromMilliseconds(200);
            _time.Arrange(i / (double)Clusters, () => _clusters[cluster].Loop.Step());
            _clusters[i] = new Cluster("servers", options, new StaticEndpointSource("servers", []), services);
            _time.Arrange(i / (double)Clusters, () => LookForStopped(cluster));
            _wheels[i] = new TimeoutWheel(clock);
            _wheels[i].EnsureResolution(_plan.ShortestTimeout);
            _time.Arrange();
            _callers[i] = new ClusterCaller<Call, Answer>(_clusters[i], transport, _wheels[i], random, NullLogger.Instance);
            _clusters[i].Loop.Post(new EndpointUpdate(list, _time.GetTimestamp()));
            _clusters[i].Loop.Step();
        }
    }

    /// <param name="calls">How many calls that must not be repeated.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="pretends">True: they are made as such that may be. That shows whether the script would find anything.</param>
    public static TwiceFigures Of(long calls, ulong seed, bool pretends = false)
    {
        // Else what waits for an answer would go on on another thread.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            using var run = new TwiceRun(calls, seed, pretends);
            return run.ToTheEnd();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    public void Dispose()
    {
        Array.ForEach(_clusters, static cluster => cluster.Dispose());
        Array.ForEach(_wheels, static wheel => wheel.Dispose());
        _metrics.Dispose();
    }

    private TwiceFigures ToTheEnd()
    {
        var events = _world.Events;
        events.Add(0, EventKind.Arrival);
        for (var place = 0; place < _moods.Length; place++)
        {
            events.Add(_chance.NextDouble() * LongestMood, EventKind.Scene, place);
        }

        // After the last call whatever is frozen goes on and acts, late as it is.
        const double afterwards = 60;
        var end = double.PositiveInfinity;
        while (events.TryTake(out var next) && next.At <= end)
        {
            _world.Now = next.At;
            Happen(next);
            end = _begun == _calls && double.IsInfinity(end) ? _world.Now + afterwards : end;
        }

        _bug?.Throw();
        return new TwiceFigures
        {
            Calls = _calls,
            Twice = _twice,
            Acted = _actedOnce,
            Elsewhere = _elsewhere,
            Cancelled = _cancelled,
            Repeated = _repeated,
            Attempts = _attempts,
            Stopped = _stopped,
            Left = _pending + _clusters.Sum(static cluster => cluster.Snapshot.Endpoints.Sum(static endpoint => (long)endpoint.Load.InFlight)),
        };
    }

    private void Happen(in Event what)
    {
        switch (what.Kind)
        {
            case EventKind.Arrival when _begun < _calls:
                _world.Events.Add(_world.Now + _chance.Exponential(1 / CallsPerSecond), EventKind.Arrival);
                Begin();
                break;
            case EventKind.AtServer:
                Come(what.Subject);
                break;
            case EventKind.Answer or EventKind.Error or EventKind.Refused or EventKind.NotNow:
                Hear(what.Subject, what.Kind switch
                {
                    EventKind.Answer => Answer.Good,
                    EventKind.Error => what.Version == 0 ? Answer.Error : Answer.Reset,
                    EventKind.Refused => Answer.Refused,
                    _ => Answer.NotNow(1),
                });
                break;
            case EventKind.Timer:
                _time.Fire(what.Subject, what.Version);
                break;
            case EventKind.Timeout:
                Cancel(what.Subject);
                break;
            case EventKind.Scene:
                _moods[what.Subject] = s_moods[_chance.Next(s_moods.Length)];
                _world.Events.Add(_world.Now + (_chance.NextDouble() * LongestMood), EventKind.Scene, what.Subject);
                break;
        }
    }

    private void Begin()
    {
        // One of four may be repeated. Of the others some have a body that can't be sent again.
        var isRepeatable = _chance.Next(4) == 0;
        var traits = isRepeatable || _pretends ? CallTraits.RepeatableAndReplayable : _chance.Next(4) == 0 ? CallTraits.None : CallTraits.Replayable;
        var call = new Call(_chance.Next(Clusters), _world.Now, isRepeatable ? 0 : 1) 
        {
            Traits = traits,
            Limit = _chance.Next(8) == 0 ? TimeSpan.FromSeconds(_chance.NextDouble() / 2).Ticks : long.MaxValue,
        };
        _begun += isRepeatable ? 0 : 1;
        _pending++;
        if (_chance.Next(8) != 0)
        {
            _ = CallAsync(call, CancellationToken.None);
            return;
        }

        var source = new CancellationTokenSource();
        _cancellations.Add(++_cancellable, (call, CallAsync(call, source.Token), source));
        _world.Events.Add(_world.Now + _chance.Exponential(2 * MeanWork), EventKind.Timeout, _cancellable);
    }

    private void Cancel(int cancellable)
    {
        _cancellations.Remove(cancellable, out var what);
        var (call, ended, source) = what;
        source.Cancel();
        LookForStopped(call.Client);
        if (!ended.IsCompleted && !_inFlight.Of(call.Client).Exists(request => _inFlight[request].Call == call))
        {
            // It waits between two attempts, and such a wait ends on another thread: not beside this one, or no run would be like the other.
            ended.Wait();
        }
    }

    private async Task CallAsync(Call call, CancellationToken token)
    {
        try
        {
            await _callers[call.Client].CallAsync(call, _plan, isAsync: true, token).ConfigureAwait(false);
        }
        catch (CallFailedException)
        {
            // That is how a call ends without an answer.
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            _cancelled += IsOnce(call) && call.Attempts > 0 ? 1 : 0;
        }
#pragma warning disable CA1031 // Nobody waits for a call: what else it throws is thrown by the run.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _bug ??= ExceptionDispatchInfo.Capture(e);
        }

        _pending--;
        _elsewhere += IsOnce(call) && call.Attempts > 1 ? 1 : 0;
    }

    private Task<Answer> Send(Call call, Endpoint endpoint, CancellationToken token)
    {
        _attempts++;
        var attempt = new Attempt(call, endpoint, endpoint.Port - FirstPort, isProbation: false, token);
        var request = _world.Requests.Rent();
        _world.Requests[request] = new Request { Client = call.Client, Server = attempt.Server };
        _inFlight.Add(request, attempt);
        _acting[request] = call;
        _world.Events.Add(_world.Now + _world.Network.Delay(), EventKind.AtServer, request);
        return attempt.Task;
    }

    private void Come(int request)
    {
        var (kind, delay, version) = (EventKind.Answer, _chance.Exponential(MeanWork), 0);
        var acts = true;
        switch (_moods[(_world.Requests[request].Client * Endpoints) + _world.Requests[request].Server])
        {
            case Mood.Slow:
                delay *= 30;
                break;
            case Mood.Errs:
                (kind, acts) = (EventKind.Error, _chance.Next(2) == 0);
                break;
            case Mood.Resets:
                (kind, acts, version) = (EventKind.Error, _chance.Next(2) == 0, 1);
                break;
            case Mood.Refuses:
                (kind, acts, delay) = (EventKind.Refused, false, 0);
                break;
            case Mood.Busy:
                (kind, acts, delay) = (EventKind.NotNow, false, 0);
                break;
            case Mood.Frozen:
                _world.Events.Add(_world.Now + (_chance.NextDouble() * LongestMood), EventKind.AtServer, request);
                return;
        }

        if (acts)
        {
            Act(_acting[request]);
        }

        _acting.Remove(request);
        _world.Events.Add(_world.Now + delay + _world.Network.Delay(), kind, request, version);
    }

    private void Act(Call call)
    {
        if (call.Acted++ == 0)
        {
            _actedOnce += IsOnce(call) ? 1 : 0;
        }
        else if (call.Acted == 2)
        {
            (_twice, _repeated) = IsOnce(call) ? (_twice + 1, _repeated) : (_twice, _repeated + 1);
        }
    }

    private void Hear(int request, Answer answer)
    {
        var isAbandoned = _world.Requests[request].IsAbandoned;
        _world.Requests.Return(request);
        if (!isAbandoned)
        {
            // Half of the failures are exceptions, as nearly all are in life.
            End(_inFlight.Remove(request), answer, answer.IsGood || _chance.Next(2) == 0 ? null : new FaultException(answer.Verdict));
        }
    }

    /// <summary>The library's wheel, or a caller, may have stopped some attempts.</summary>
    private void LookForStopped(int cluster)
    {
        // From the back: what ends here is replaced by the last one.
        var all = _inFlight.Of(cluster);
        for (var i = all.Count - 1; i >= 0; i--)
        {
            if (i < all.Count && _inFlight[all[i]] is { Token.IsCancellationRequested: true } attempt)
            {
                _stopped++;
                _world.Requests[all[i]].IsAbandoned = true;
                _inFlight.Remove(all[i]);
                End(attempt, null, new OperationCanceledException(attempt.Token));
            }
        }
    }

    private void End(Attempt attempt, Answer? answer, Exception? exception)
    {
        var status = attempt.Endpoint.Health.Status;
        if (exception is null)
        {
            attempt.SetResult(answer!);
        }
        else
        {
            attempt.SetException(exception);
        }

        if (!ReferenceEquals(status, attempt.Endpoint.Health.Status))
        {
            _clusters[attempt.Call.Client].Loop.Step();
        }

        // A hedge that lost is stopped by the one that won.
        LookForStopped(attempt.Call.Client);
    }

    private Mood MoodOf(int cluster, Endpoint endpoint) => _moods[(cluster * Endpoints) + endpoint.Port - FirstPort];

    private static bool IsOnce(Call call) => call.Work > 0;
}
