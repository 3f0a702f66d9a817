namespace ClientLb.Samples.Failover.Scenarios;

/// <summary>The registry dies, a backend dies while nobody can say so, and the registry comes back knowing nobody.</summary>
internal sealed class RegistryDown : Scenario
{
    public override string Name => "registry-down";

    public override string Story => "the registry is killed, then one backend; then the registry comes back empty";

    public override bool KillsRegistry => true;

    public override async Task HurtAsync(World world, TimeSpan length, CancellationToken cancellationToken)
    {
        world.Say("the registry is killed");
        await world.Registry.KillAsync();
        await Task.Delay(length / 4, cancellationToken);
        world.Say($"SIGKILL to {world.Victim.Id}");
        await world.Victim.KillAsync();
        await Task.Delay(length / 4, cancellationToken);
        world.Say("the registry comes back and knows nobody");
        await world.Registry.RestartAsync(cancellationToken);
        await Task.Delay(length / 2, cancellationToken);
    }

    public override Task HealAsync(World world, CancellationToken cancellationToken)
    {
        world.Say($"{world.Victim.Id} is started again");
        return world.Victim.StartAsync(cancellationToken);
    }
}
