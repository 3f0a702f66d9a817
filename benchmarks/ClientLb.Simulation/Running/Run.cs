using System.Diagnostics;
using ClientLb.Simulation.Dispatch;
using ClientLb.Simulation.Model;
using ClientLb.Simulation.Output;

namespace ClientLb.Simulation.Running;

/// <summary>One run of one policy in one cell: on one thread, and the same whenever it is repeated.</summary>
internal sealed class Run
{
    private const double Second = 1;

    private readonly World _world;
    private readonly Dispatcher _dispatcher;
    private readonly Stage _stage;

    private Run(World world, Dispatcher dispatcher)
    {
        _world = world;
        _dispatcher = dispatcher;
        _stage = new Stage(world, dispatcher);
    }

    /// <param name="cell">The cell.</param>
    /// <param name="policy">The name of a policy of the library, or of a bound.</param>
    public static Outcome Of(Cell cell, string policy)
    {
        var started = Stopwatch.GetTimestamp();
        var world = new World(cell);
        var dispatcher = policy switch
        {
            CentralQueue.Name => new CentralQueue(world),
            FullKnowledge.Name => new FullKnowledge(world),
            _ => (Dispatcher)new ClusterClients(world, policy),
        };
        using (dispatcher as IDisposable)
        {
            new Run(world, dispatcher).ToTheEnd();
        }

        return world.Recorder.Sum(Stopwatch.GetElapsedTime(started));
    }

    private void ToTheEnd()
    {
        _stage.Begin();
        _world.Events.Add(0, EventKind.Arrival);
        _world.Events.Add(Second, EventKind.Window);
        var end = _world.Cell.Seconds;
        while (_world.Events.TryTake(out var next) && next.At <= end)
        {
            _world.Now = next.At;
            Happen(next);
        }
    }

    private void Happen(in Event what)
    {
        switch (what.Kind)
        {
            case EventKind.Arrival:
                Arrive();
                break;
            case EventKind.AtServer:
                _dispatcher.Come(what.Subject);
                break;
            case EventKind.Departure:
                Depart(what.Subject, what.Version);
                break;
            case EventKind.Answer:
                Answer(what.Subject, Ending.Answer);
                break;
            case EventKind.Error:
                Answer(what.Subject, Ending.Error);
                break;
            case EventKind.Timeout:
                GiveUp(what.Subject);
                break;
            case EventKind.Scene:
                _stage.Play((Scene)what.Subject);
                break;
            case EventKind.Window:
                _world.Recorder.Window(_world.Now, _world.Servers.AsSpan(0, _world.Live));
                _world.Events.Add(_world.Now + Second, EventKind.Window);
                break;
            default:
                _dispatcher.TurnLoop(what.Subject, what.Version);
                break;
        }
    }

    private void Arrive()
    {
        _world.Events.Add(_world.Now + _world.Arrivals.NextGap(_world.Now), EventKind.Arrival);
        var client = _world.Arrivals.NextClient();
        for (var left = _world.Cell.Variations.FanOut; left > 0; left--)
        {
            var request = _world.Requests.Rent();
            _world.Requests[request] = new Request { Client = client, SentAt = _world.Now, Work = _world.Work.Next() };
            _dispatcher.Send(request);
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
        ref var what = ref _world.Requests[request];
        if (what.IsAbandoned)
        {
            _world.Requests.Return(request);
        }
        else
        {
            what.Reported = from.InFlight + 1;
            var way = _world.Network.Delay() + _world.Network.Detour(what.Client, server);
            _world.Events.Add(_world.Now + way, EventKind.Answer, request);
        }

        _dispatcher.ServersFreed();
    }

    private void Answer(int request, Ending ending)
    {
        ref var what = ref _world.Requests[request];
        if (what.IsAbandoned)
        {
            _world.Requests.Return(request);
            return;
        }

        what.IsAnswered = true;
        End(what, ending);
        if (!_dispatcher.GivesUp)
        {
            // Else its timeout is still to come, and returns it.
            _world.Requests.Return(request);
        }
    }

    private void GiveUp(int request)
    {
        ref var what = ref _world.Requests[request];
        if (what.IsAnswered)
        {
            _world.Requests.Return(request);
            return;
        }

        what.IsAbandoned = true;
        End(what, Ending.Timeout);
    }

    private void End(in Request request, Ending ending)
    {
        _dispatcher.Hear(request, ending);
        if (ending == Ending.Answer)
        {
            _world.Recorder.Succeeded(_world.Now, request);
        }
        else
        {
            _world.Recorder.Failed(request.SentAt);
        }
    }
}
