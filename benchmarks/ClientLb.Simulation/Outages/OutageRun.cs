using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Outages;

/// <summary>One run of one outage with one policy: on one thread, and the same whenever it is repeated.</summary>
internal sealed class OutageRun : IDisposable
{
    // As the library's wheel of timeouts.
    private const double WheelTick = 0.05;
    private const double LedgerTick = 0.1;
    private const double ErrorTime = 1e-4;

    private readonly World _world;
    private readonly Outage _outage;
    private readonly Fleet _fleet;
    private readonly Ledger _ledger;
    private readonly Callers _callers;
    private readonly InFlight _inFlight = new();
    private readonly Dictionary<int, Call> _waiting = [];
    private int _waited;

    private OutageRun(Outage outage, Size size, string policy, ulong seed)
    {
        var cell = new Cell(
            size with { Seconds = outage.Seconds }, new Scenario(ScenarioKind.Homog), Distribution.Lognormal, Discipline.Ps, outage.Utilization, seed, Variations.None);
        _outage = outage;
        _world = new World(cell);
        _fleet = new Fleet(_world, outage.Bad(size.Servers)) { Ended = Break };
        _ledger = new Ledger(_world, outage, _fleet.Bad);
        _callers = new Callers(_world, policy, outage, _ledger);
        _fleet.Listed = _callers.List;
    }

    public static Figures Of(Outage outage, Size size, string policy, ulong seed)
    {
        // Else what waits for a probe would go on on another thread.
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
        events.Add(WheelTick, EventKind.Timeout);
        events.Add(LedgerTick, EventKind.Window, 0);
        events.Add(_ledger.Window, EventKind.Window, 1);
        for (var i = 0; i < _outage.Turns.Count; i++)
        {
            events.Add(_outage.Turns[i].At, EventKind.Scene, i);
        }

        while (events.TryTake(out var next) && next.At <= _outage.Seconds)
        {
            _world.Now = next.At;
            Happen(next);
        }

        return _ledger.Sum();
    }

    private void Happen(in Event what)
    {
        switch (what.Kind)
        {
            case EventKind.Arrival:
                _world.Events.Add(_world.Now + _world.Arrivals.NextGap(_world.Now), EventKind.Arrival);
                Attempt(new Call(_world.Arrivals.NextClient(), _world.Now, _world.Work.Next()));
                break;
            case EventKind.AtServer:
                Come(what.Subject);
                break;
            case EventKind.Departure:
                Depart(what.Subject, what.Version);
                break;
            case EventKind.Answer:
                Hear(what.Subject, AttemptEnd.Answer);
                break;
            case EventKind.Error:
                Hear(what.Subject, AttemptEnd.Error);
                break;
            case EventKind.Refused:
                Hear(what.Subject, AttemptEnd.Refused);
                break;
            case EventKind.Retry:
                _waiting.Remove(what.Subject, out var call);
                Attempt(call!);
                break;
            case EventKind.Probe:
                _callers.EndProbe(what.Subject, _fleet[what.Version] != Ailment.Gone);
                break;
            case EventKind.Timeout:
                TurnWheel();
                break;
            case EventKind.Scene:
                _outage.Turns[what.Subject].Play(_fleet);
                break;
            case EventKind.Window:
                EndWindow(what.Subject);
                break;
            default:
                _callers.Turn(what.Subject, what.Version);
                break;
        }
    }

    private void Attempt(Call call)
    {
        if (!_callers.TryLease(call, out var lease, out var limit))
        {
            _ledger.Ended(call, false);
            return;
        }

        var request = _world.Requests.Rent();
        var server = Callers.ServerOf(lease);
        _world.Requests[request] = new Request { Client = call.Client, Server = server, SentAt = _world.Now, Work = call.Work, Lease = lease };
        _inFlight.Add(request, call, lease.StartedAt + limit);
        _ledger.Leased(call.Client, server, lease);
        _world.Events.Add(_world.Now + _world.Network.Delay(), EventKind.AtServer, request);
    }

    private void Come(int request)
    {
        ref var what = ref _world.Requests[request];
        var server = what.Server;
        _ledger.Came(server);
        if (_fleet[server] == Ailment.Gone)
        {
            _world.Events.Add(_world.Now + _world.Network.Delay(), EventKind.Refused, request);
        }
        else if (_fleet.FailsAtOnce(server))
        {
            _world.Events.Add(_world.Now + ErrorTime + _world.Network.Delay(), EventKind.Error, request);
        }
        else
        {
            _world.Servers[server].Accept(_world.Now, request, what);
            _world.Plan(server);
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
        if (_world.Requests[request].IsAbandoned)
        {
            _world.Requests.Return(request);
            return;
        }

        _world.Events.Add(_world.Now + _world.Network.Delay(), _fleet.FailsLate(server) ? EventKind.Error : EventKind.Answer, request);
    }

    private void Hear(int request, AttemptEnd end)
    {
        if (!_world.Requests[request].IsAbandoned)
        {
            End(request, end);
        }

        _world.Requests.Return(request);
    }

    /// <summary>The client gives an attempt up, or loses it. Whatever still holds the request returns it.</summary>
    private void Abandon(int request, AttemptEnd end)
    {
        _world.Requests[request].IsAbandoned = true;
        End(request, end);
    }

    private void End(int request, AttemptEnd end)
    {
        var call = _inFlight.Remove(request);
        var lease = _world.Requests[request].Lease;
        if (end != AttemptEnd.Answer && call.Retries is null)
        {
            _ledger.FirstAttemptFailed(call);
        }

        var (follows, delay) = _callers.Hear(call, lease, end);
        if (!follows)
        {
            _ledger.Ended(call, end == AttemptEnd.Answer);
        }
        else if (delay <= 0)
        {
            Attempt(call);
        }
        else
        {
            _waiting.Add(++_waited, call);
            _world.Events.Add(_world.Now + delay, EventKind.Retry, _waited);
        }
    }

    private void TurnWheel()
    {
        _world.Events.Add(_world.Now + WheelTick, EventKind.Timeout);
        var now = _callers.Ticks(_world.Now);

        // From the back: what ends here is replaced by the last one.
        for (var i = _inFlight.Count - 1; i >= 0; i--)
        {
            if (i >= _inFlight.Count)
            {
                continue;
            }

            var request = _inFlight[i];
            if (now >= _inFlight.DeadlineOf(request))
            {
                Abandon(request, AttemptEnd.Timeout);
                continue;
            }

            ref readonly var lease = ref _world.Requests[request].Lease;
            if (_callers.MayGiveUp && lease.StartedAt < lease.Endpoint.Health.AbandonBefore)
            {
                Abandon(request, AttemptEnd.Stalled);
            }
        }
    }

    /// <summary>A server's process has ended: whatever it had in hand breaks off.</summary>
    private void Break(int server)
    {
        for (var i = _inFlight.Count - 1; i >= 0; i--)
        {
            if (i < _inFlight.Count && _world.Requests[_inFlight[i]].Server == server)
            {
                Abandon(_inFlight[i], AttemptEnd.Reset);
            }
        }
    }

    private void EndWindow(int which)
    {
        if (which == 0)
        {
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
