namespace ClientLb.Simulation.Model;

/// <summary>What may differ from the plain model, in every cell of a run alike.</summary>
internal sealed record Variations
{
    /// <summary>Nothing differs.</summary>
    public static Variations None { get; } = new();

    /// <summary>Client i sends in proportion to (i + 1)^−skew (Zipf); 0: all alike.</summary>
    public double Skew { get; init; }

    /// <summary>The network's mean delay one way, in seconds.</summary>
    public double Delay { get; init; } = 1e-4;

    /// <summary>The rate is 1 + burst and 1 − burst times the mean, in turn, 0.2 s each.</summary>
    public double Burst { get; init; }

    /// <summary>What one way between different zones takes in addition, in seconds. Servers lie in three zones evenly; half of the clients in the first.</summary>
    public double ZoneDelay { get; init; }

    /// <summary>How many requests a client sends at once.</summary>
    public int FanOut { get; init; } = 1;

    /// <summary>Runs last so many times as long.</summary>
    public double Time { get; init; } = 1;

    /// <summary>The registry knows how fast servers are by nature, and says so by their weights.</summary>
    public bool Weights { get; init; }

    /// <summary>Outlier detection and stall detection as by default; false: none.</summary>
    public bool Health { get; init; } = true;

    /// <summary>Calls may be repeated elsewhere, so that endpoints on probation are tried by calls. (No call of the simulation is.)</summary>
    public bool Repeatable { get; init; }

    /// <summary>Servers say with each answer how many requests they have in flight.</summary>
    public bool Header { get; init; }

    /// <summary>In how many parts the policy <c>recall</c> has its memory; each use takes one of them by chance, as threads do.</summary>
    public int Shards { get; init; } = 1;
}
