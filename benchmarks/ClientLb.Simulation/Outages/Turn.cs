namespace ClientLb.Simulation.Outages;

/// <summary>Something that happens to the servers.</summary>
/// <param name="At">When, in seconds.</param>
/// <param name="Play">What.</param>
internal sealed record Turn(double At, Action<Fleet> Play);
