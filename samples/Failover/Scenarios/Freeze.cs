namespace ClientLb.Samples.Failover.Scenarios;

/// <summary>A process stops where it stands: the system goes on accepting connections for it.</summary>
internal sealed class Freeze : Scenario
{
    public override string Name => "freeze";

    public override string Story => "one backend is frozen with SIGSTOP and thawed later";

    public override bool NeedsSignals => true;

    public override bool IsSilent => true;

    // So few calls are the hard case: what is silent has to be told from what nobody asks.
    public override int Rate => 50;

    public override async Task HurtAsync(World world, TimeSpan length, CancellationToken cancellationToken)
    {
        world.Say($"SIGSTOP to {world.Victim.Id}");
        world.Victim.Freeze();
        await Task.Delay(length, cancellationToken);
    }

    public override Task HealAsync(World world, CancellationToken cancellationToken)
    {
        world.Say($"SIGCONT to {world.Victim.Id}");
        return world.Victim.ThawAsync();
    }
}
