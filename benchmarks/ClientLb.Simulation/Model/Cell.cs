namespace ClientLb.Simulation.Model;

/// <summary>One simulated situation: everything but the policy.</summary>
internal sealed record Cell(
    Size Size, Scenario Scenario, Distribution Distribution, Discipline Discipline, double Utilization, ulong Seed, Variations Variations)
{
    public double Seconds => Size.Seconds * Variations.Time;

    /// <summary>Requests that are sent before are left out of the statistics: the first tenth.</summary>
    public double WarmUntil => Seconds * 0.1;
}
