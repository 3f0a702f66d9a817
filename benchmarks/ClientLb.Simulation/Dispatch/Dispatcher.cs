using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Dispatch;

/// <summary>Brings requests to servers. By default: to the one that is chosen as the request is sent.</summary>
internal abstract class Dispatcher(World world)
{
    // A server that fails fast answers so quickly.
    private const double ErrorTime = 1e-4;

    /// <summary>Clients give up where servers hang, and only there.</summary>
    public virtual bool GivesUp => world.Cell.Scenario.Kind == ScenarioKind.Hang;

    protected World World => world;

    /// <summary>A client has a request.</summary>
    public virtual void Send(int request)
    {
        ref var what = ref world.Requests[request];
        if (!TryChoose(request, ref what))
        {
            world.Recorder.Failed(what.SentAt);
            world.Requests.Return(request);
            return;
        }

        world.Servers[what.Server].Coming++;
        world.Events.Add(world.Now + world.Network.Delay() + world.Network.Detour(what.Client, what.Server), EventKind.AtServer, request);
        if (GivesUp)
        {
            world.Events.Add(world.Now + world.Cell.Size.Patience, EventKind.Timeout, request);
        }
    }

    /// <summary>The request has come to its server.</summary>
    public virtual void Come(int request)
    {
        ref var what = ref world.Requests[request];
        var server = world.Servers[what.Server];
        server.Coming--;
        server.Came++;
        if (server.FailsFast && (world.Cell.Scenario.Kind != ScenarioKind.Flaky || world.Scenes.NextDouble() < 0.5))
        {
            var answer = world.Now + ErrorTime + world.Network.Delay() + world.Network.Detour(what.Client, what.Server);
            world.Events.Add(answer, EventKind.Error, request);
            return;
        }

        server.Accept(world.Now, request, what);
        world.Plan(what.Server);
    }

    /// <summary>The client knows how its request ended.</summary>
    public virtual void Hear(in Request request, Ending ending)
    {
    }

    /// <summary>A server has become free for more, or servers have changed their speed.</summary>
    public virtual void ServersFreed()
    {
    }

    /// <summary>Servers have joined.</summary>
    public virtual void ServersJoined()
    {
    }

    /// <summary>The timer of a client's loop fires.</summary>
    public virtual void TurnLoop(int client, int version)
    {
    }

    /// <summary>Puts the server into the request.</summary>
    /// <returns>False when there is none.</returns>
    protected abstract bool TryChoose(int request, ref Request what);
}
