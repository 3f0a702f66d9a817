using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Dispatch;

/// <summary>A bound: every request joins the shortest queue, by what is at each server and on its way there, and by its true speed.</summary>
internal sealed class FullKnowledge(World world) : Dispatcher(world)
{
    public const string Name = "oracle";

    // Of two servers with idle cores the emptier one: it stays the better one for longer.
    private const double PerRequest = 1e-3;

    protected override bool TryChoose(int request, ref Request what)
    {
        var start = World.Policies.Next(World.Live);
        var (best, least) = (start, double.PositiveInfinity);
        for (var i = 0; i < World.Live; i++)
        {
            var candidate = start + i < World.Live ? start + i : start + i - World.Live;
            var server = World.Servers[candidate];
            if (!server.IsWell)
            {
                continue;
            }

            double load = server.InFlight + server.Coming + 1;
            var slowness = (Math.Max(1, load / server.Cores) + (PerRequest * load)) / server.Speed;
            if (slowness < least)
            {
                (best, least) = (candidate, slowness);
            }
        }

        what.Server = best;
        return true;
    }
}
