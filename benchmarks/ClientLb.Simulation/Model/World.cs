using ClientLb.Simulation.Output;

namespace ClientLb.Simulation.Model;

/// <summary>What there is in one run, and the present.</summary>
internal sealed class World
{
    private const double Slow = 1.0 / 3;
    private const double Fast = 4;

    public World(Cell cell)
    {
        Cell = cell;
        var seeds = new Chance(cell.Seed);
        var arrivals = new Chance(seeds.NextBits());
        Work = new Work(cell.Distribution, cell.Size.MeanWork, new Chance(seeds.NextBits()));
        Network = new Network(cell, new Chance(seeds.NextBits()));
        Scenes = new Chance(seeds.NextBits());
        Policies = new Chance(seeds.NextBits());
        Servers = [.. Enumerable.Range(0, cell.Size.Servers).Select(i => new Server(cell.Size.Cores, cell.Discipline, SpeedOf(i, cell)))];
        Arrivals = new Arrivals(cell, Servers.Sum(static server => server.OwnSpeed * server.Cores) / cell.Size.MeanWork, arrivals);
        Live = Servers.Length - (cell.Scenario.Kind == ScenarioKind.ScaleOut ? Math.Max(1, Servers.Length / 5) : 0);
        Recorder = new Recorder(cell);
    }

    public Cell Cell { get; }

    /// <summary>Seconds since the start.</summary>
    public double Now { get; set; }

    public EventQueue Events { get; } = new();

    public RequestPool Requests { get; } = new();

    public Arrivals Arrivals { get; }

    public Work Work { get; }

    public Network Network { get; }

    /// <summary>Chance for what the scenario does.</summary>
    public Chance Scenes { get; }

    /// <summary>Chance for whoever chooses servers.</summary>
    public Chance Policies { get; }

    public Server[] Servers { get; }

    /// <summary>So many of the servers are there.</summary>
    public int Live { get; set; }

    public Recorder Recorder { get; }

    /// <summary>Something has changed at a server: its next departure is planned anew.</summary>
    public void Plan(int server)
    {
        var what = Servers[server];
        if (what.TryPlan(Now, out var departure))
        {
            Events.Add(departure, EventKind.Departure, server, what.Version);
        }
    }

    private static double SpeedOf(int server, Cell cell)
    {
        var servers = cell.Size.Servers;
        var tenth = Math.Max(1, servers / 10);
        return cell.Scenario.Kind switch
        {
            ScenarioKind.Hetero or ScenarioKind.Mix when server >= servers - tenth => Slow,
            ScenarioKind.Fast when server < tenth => Fast,
            _ => 1,
        };
    }
}
