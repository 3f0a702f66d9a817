namespace ClientLb.Samples.Failover.Scenarios;

/// <summary>The network between the client and a backend swallows everything.</summary>
internal sealed class Partition : Scenario
{
    public override string Name => "partition";

    public override string Story => "the network in front of one backend swallows all packets, and carries them again later";

    public override bool NeedsRelay => true;

    public override bool IsSilent => true;

    public override async Task HurtAsync(World world, TimeSpan length, CancellationToken cancellationToken)
    {
        world.Say($"nothing passes to or from {world.Victim.Id}");
        world.Victim.Relay!.Cut();
        await Task.Delay(length, cancellationToken);
    }

    public override Task HealAsync(World world, CancellationToken cancellationToken)
    {
        world.Say($"everything passes to {world.Victim.Id} again");
        world.Victim.Relay!.Mend();
        return Task.CompletedTask;
    }
}
