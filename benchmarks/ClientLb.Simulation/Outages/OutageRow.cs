namespace ClientLb.Simulation.Outages;

/// <summary>One line of the result: an outage, in a size, with a policy.</summary>
internal sealed record OutageRow(string Outage, string Size, string Policy, ulong Seed, Figures Figures, IReadOnlyList<Limit> Limits)
{
    public bool Holds => Limits.All(static limit => limit.Holds);
}
