using ClientLb.AspNetCore.Concurrency;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Outages;

/// <summary>One run of one outage with one policy: on one thread, and the same whenever it is repeated.</summary>
internal sealed class OutageRun : IDisposable
{
    private const double LedgerTick = 0.1;
    private const double ErrorTime = 1e-4;

    private readonly World _world;
    private readonly Outage _outage;
    private readonly Fleet _fleet;
    private readonly Ledger _ledger;
    private readonly Callers _callers;
    private readonly InFlight _inFlight;
    private readonly Work _again;

    // Of servers with the library's middleware: who may be in, and who waits at the door of one that stands still.
    private readonly RequestGate[] _gates = [];
    private readonly List<int>[] _doors = [];

    private OutageRun(Outage outage, Size size, string policy, ulong seed)
    {
        var cell = new Cell(
            size with { Seconds = outage.Seconds }, new Scenario(ScenarioKind.Homog), outage.Distribution, outage.Discipline, outage.Utilization, seed, Variations.None);
        _outage = outage;
        _world = new World(cell);
        _fleet = new Fleet(_world, outage.Bad(size.Servers)) { WorksForNobody = outage.WorksForNobody, Ended = Break, Thawed = OpenDoor };
        _ledger = new Ledger(_world, outage, _fleet.Bad);
        _inFlight = new InFlight(size.Clients);
        _callers = new Callers(_world, policy, outage, _ledger, Send, LookForStopped);
        _fleet.Listed = _callers.List;
        _again = new Work(outage.Distribution, size.MeanWork, new Chance(_world.Policies.NextBits()));
        if (outage.ConcurrencyLimit > 0)
        {
            _gates = [.. _world.Servers.Select(_ => new RequestGate(outage.ConcurrencyLimit, 0))];
            _doors = [.. _world.Servers.Select(static _ => new List<int>())];
            for (var i = 0; i < _gates.Length; i++)
            {
                var gate = _gates[i];
                _world.Servers[i].Dropped = request =>
                {
                    gate.Leave();
                    _world.Requests.Return(request);
                };
            }
        }
    }

    public static Figures Of(Outage outage, Size size, string policy, ulong seed)
    {
        // Else what waits for an answer would go on on another thread.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            using var run = new OutageRun(outage, size, policy, seed);
            return run.ToTheEnd();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    public void Dispose() => _callers.Dispose();

    private Figures ToTheEnd()
    {
        var events = _world.Events;
        events.Add(0, EventKind.Arrival);
        events.Add(LedgerTick, EventKind.Window, 0);
        events.Add(_ledger.Window, EventKind.Window, 1);
        for (var i = 0; i < _outage.Turns.Count; i++)
        {
            events.Add(_outage.Turns[i].At, EventKind.Scene, i);
        }

        while (events.TryTake(out var next) && next.At <= _outage.Seconds && !_ledger.IsEnough)
        {
            _world.Now = next.At;
            Happen(next);
        }

        _callers.ThrowIfBroken();
        return _ledger.Sum();
    }

    private void Happen(in Event what)
    {
        switch (what.Kind)
        {
            case EventKind.Arrival:
                _world.Events.Add(_world.Now + _world.Arrivals.NextGap(_world.Now), EventKind.Arrival);
                var call = new Call(_world.Arrivals.NextClient(), _world.Now, _world.Work.Next())
                {
                    Traits = _outage.IsRepeatable ? CallTraits.RepeatableAndReplayable : CallTraits.Replayable,
                };
                _ledger.Began(call);
                _callers.Begin(call);
                break;
            case EventKind.AtServer:
                _ledger.Came(_world.Requests[what.Subject].Server);
                Come(what.Subject);
                break;
            case EventKind.Departure:
                Depart(what.Subject, what.Version);
                break;
            case EventKind.Answer:
                Hear(what.Subject, Answer.Good);
                break;
            case EventKind.Error:
                Hear(what.Subject, Answer.Error);
                break;
            case EventKind.Refused:
                Hear(what.Subject, Answer.Refused);
                break;
            case EventKind.NotNow:
                Hear(what.Subject, Answer.NotNow(what.Version));
                break;
            case EventKind.Probe:
                _callers.EndProbe(what.Subject, _fleet[what.Version] != Ailment.Gone);
                break;
            case EventKind.Timer:
                _callers.Fire(what.Subject, what.Version);
                break;
            case EventKind.Scene:
                _outage.Turns[what.Subject].Play(_fleet);
                break;
            case EventKind.Window:
                EndWindow(what.Subject);
                break;
            default:
                throw new InvalidOperationException($"Nothing plans {what.Kind}.");
        }
    }

    /// <summary>An attempt leaves its client.</summary>
    private Task<Answer> Send(Call call, Endpoint endpoint, CancellationToken token)
    {
        var server = Callers.ServerOf(endpoint);
        var attempt = new Attempt(call, endpoint, server, _callers.IsOnProbation(endpoint) && !HasProbation(call.Client, server), token);
        var request = _world.Requests.Rent();
        _world.Requests[request] = new Request
        {
            Client = call.Client, Server = server, SentAt = _world.Now, Work = attempt.Number == 1 ? call.Work : _again.Next(),
        };
        _inFlight.Add(request, attempt);
        _ledger.Leased(call, server, attempt.IsProbation);
        _world.Events.Add(_world.Now + _world.Network.Delay(), EventKind.AtServer, request);
        return attempt.Task;
    }

    private bool HasProbation(int client, int server) =>
        _inFlight.Of(client).Exists(request => _inFlight[request] is { IsProbation: true } attempt && attempt.Server == server);

    private void Come(int request)
    {
        ref var what = ref _world.Requests[request];
        var server = what.Server;
        if (_fleet[server] == Ailment.Gone)
        {
            _world.Events.Add(_world.Now + _world.Network.Delay(), EventKind.Refused, request);
        }
        else if (_fleet.FailsAtOnce(server))
        {
            _world.Events.Add(_world.Now + ErrorTime + _world.Network.Delay(), EventKind.Error, request);
        }
        else if (_gates.Length > 0 && _world.Servers[server].IsFrozen)
        {
            _doors[server].Add(request);
        }
        else if (_gates.Length > 0 && what.IsAbandoned)
        {
            _world.Requests.Return(request);
        }
        else if (_gates.Length > 0 && !_gates[server].TryEnter())
        {
            // As the middleware says it by default: 1 or 2 s, by chance.
            _world.Events.Add(_world.Now + ErrorTime + _world.Network.Delay(), EventKind.NotNow, request, 1 + _world.Scenes.Next(2));
        }
        else
        {
            _world.Servers[server].Accept(_world.Now, request, what);
            _world.Plan(server);
        }
    }

    private void OpenDoor(int server)
    {
        if (_doors.Length > 0)
        {
            var waiting = _doors[server];
            _doors[server] = [];
            waiting.ForEach(Come);
        }
    }

    private void Depart(int server, int version)
    {
        var from = _world.Servers[server];
        if (version != from.Version)
        {
            return;
        }

        var request = from.Finish(_world.Now, _world.Requests);
        _world.Plan(server);
        if (_gates.Length > 0)
        {
            _gates[server].Leave();
        }

        if (_world.Requests[request].IsAbandoned)
        {
            _world.Requests.Return(request);
            return;
        }

        _world.Events.Add(_world.Now + _world.Network.Delay(), _fleet.FailsLate(server) ? EventKind.Error : EventKind.Answer, request);
    }

    private void Hear(int request, Answer answer)
    {
        var isAbandoned = _world.Requests[request].IsAbandoned;
        _world.Requests.Return(request);
        if (!isAbandoned)
        {
            End(request, answer);
        }
    }

    /// <summary>The client gives an attempt up, or loses it. Whatever still holds the request returns it.</summary>
    private void Abandon(int request, Answer? answer)
    {
        _world.Requests[request].IsAbandoned = true;
        End(request, answer);
    }

    private void End(int request, Answer? answer)
    {
        var attempt = _inFlight.Remove(request);
        if (answer is not { IsGood: true } && attempt.Number == 1)
        {
            _ledger.FirstAttemptFailed(attempt.Call);
        }

        _callers.End(attempt, answer);
    }

    /// <summary>The library's wheel has looked at a client's attempts, and may have stopped some.</summary>
    private void LookForStopped(int client)
    {
        // From the back: what ends here is replaced by the last one.
        var all = _inFlight.Of(client);
        for (var i = all.Count - 1; i >= 0; i--)
        {
            if (i < all.Count && _inFlight[all[i]].Token.IsCancellationRequested)
            {
                Abandon(all[i], null);
            }
        }
    }

    /// <summary>A server's process has ended: whatever it had in hand breaks off.</summary>
    private void Break(int server)
    {
        for (var client = 0; client < _world.Cell.Size.Clients; client++)
        {
            var all = _inFlight.Of(client);
            for (var i = all.Count - 1; i >= 0; i--)
            {
                if (i < all.Count && _inFlight[all[i]].Server == server)
                {
                    Abandon(all[i], Answer.Reset);
                }
            }
        }
    }

    private void EndWindow(int which)
    {
        if (which == 0)
        {
            _callers.Tick();
            _ledger.Tick(_callers.InPanic);
            _world.Events.Add(_world.Now + LedgerTick, EventKind.Window, 0);
        }
        else
        {
            _ledger.EndWindow();
            _world.Events.Add(_world.Now + _ledger.Window, EventKind.Window, 1);
        }
    }
}
