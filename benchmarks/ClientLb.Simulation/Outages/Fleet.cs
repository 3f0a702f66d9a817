using ClientLb.Endpoints;
using ClientLb.Simulation.Model;

namespace ClientLb.Simulation.Outages;

/// <summary>The servers and what is wrong with each; what the registry says of them.</summary>
internal sealed class Fleet(World world, int bad)
{
    private readonly (Ailment Ailment, double Share)[] _ailments = new (Ailment, double)[world.Servers.Length];
    private readonly RegistryStatus[] _said = new RegistryStatus[world.Servers.Length];

    /// <summary>The first so many are those that something befalls.</summary>
    public int Bad => bad;

    public int Count => world.Servers.Length;

    /// <summary>A server that stood still goes on with what nobody waits for any more, too; else it finds those connections closed, and drops it.</summary>
    public bool WorksForNobody { get; init; }

    /// <summary>Called when a server's process ends: whatever it had in hand breaks off.</summary>
    public Action<int> Ended { get; set; } = static _ => { };

    /// <summary>Called when a server that stood still goes on.</summary>
    public Action<int> Thawed { get; set; } = static _ => { };

    /// <summary>Called when the registry has a new list.</summary>
    public Action<IReadOnlyList<RegistryStatus>> Listed { get; set; } = static _ => { };

    public Ailment this[int server] => _ailments[server].Ailment;

    public void StrikeBad(Ailment ailment, double share = 1) => Strike(0, bad, ailment, share);

    /// <param name="from">The first server.</param>
    /// <param name="to">The one after the last.</param>
    /// <param name="ailment">What befalls them.</param>
    /// <param name="share">The share of errors, what is left of the speed, or how many in flight are too many.</param>
    public void Strike(int from, int to, Ailment ailment, double share = 1)
    {
        for (var server = from; server < to; server++)
        {
            _ailments[server] = (ailment, share);
            var what = world.Servers[server];
            switch (ailment)
            {
                case Ailment.Slow:
                    what.SetSpeed(world.Now, share);
                    break;
                case Ailment.Hang:
                    what.Freeze(world.Now);
                    break;
                case Ailment.Gone:
                    what.Freeze(world.Now);
                    Ended(server);
                    break;
            }

            world.Plan(server);
        }
    }

    public void CureAll()
    {
        for (var server = 0; server < _ailments.Length; server++)
        {
            var what = world.Servers[server];
            var isNew = _ailments[server].Ailment == Ailment.Gone;
            _ailments[server] = default;
            what.SetSpeed(world.Now, what.OwnSpeed);
            if (what.IsFrozen)
            {
                // A process that stood still may go on with all that it had; a new one has nothing.
                if (isNew || !WorksForNobody)
                {
                    what.Thaw(world.Now, world.Requests);
                }
                else
                {
                    what.Thaw(world.Now);
                }

                Thawed(server);
            }

            world.Plan(server);
        }
    }

    /// <summary>The registry's list, with its word on those that something befalls.</summary>
    public void List(RegistryStatus ofBad)
    {
        _said.AsSpan(0, bad).Fill(ofBad);
        Listed(_said);
    }

    /// <summary>Whether a request that has just come is answered by an error at once.</summary>
    public bool FailsAtOnce(int server) => _ailments[server] switch
    {
        (Ailment.Errors, var share) => world.Scenes.NextDouble() < share,
        (Ailment.Sheds, var limit) => world.Servers[server].InFlight >= limit,
        _ => false,
    };

    /// <summary>Whether a request whose work is done is answered by an error.</summary>
    public bool FailsLate(int server) => _ailments[server] is (Ailment.LateErrors, var share) && world.Scenes.NextDouble() < share;
}
