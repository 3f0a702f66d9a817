using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Dispatch;

/// <summary>A bound: one queue for all, and whichever core is free takes the next request, the fastest first.</summary>
internal sealed class CentralQueue(World world) : Dispatcher(world)
{
    public const string Name = "central";

    private readonly Queue<int> _queue = new();

    public override bool GivesUp => false;

    public override void Send(int request) => World.Events.Add(World.Now + World.Network.Delay(), EventKind.AtServer, request);

    public override void Come(int request)
    {
        _queue.Enqueue(request);
        ServersFreed();
    }

    public override void ServersFreed()
    {
        while (_queue.Count > 0 && TryFindIdle(out var server))
        {
            var request = _queue.Dequeue();
            ref var what = ref World.Requests[request];
            what.Server = server;
            World.Servers[server].Came++;
            World.Servers[server].Accept(World.Now, request, what);
            World.Plan(server);
        }
    }

    public override void ServersJoined() => ServersFreed();

    protected override bool TryChoose(int request, ref Request what) => throw new NotSupportedException("The queue chooses when a core is free.");

    private bool TryFindIdle(out int best)
    {
        best = -1;
        for (var i = 0; i < World.Live; i++)
        {
            var server = World.Servers[i];
            if (server.IsWell && server.HasIdleCore && (best < 0 || server.Speed > World.Servers[best].Speed))
            {
                best = i;
            }
        }

        return best >= 0;
    }
}
