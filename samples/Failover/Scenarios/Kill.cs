namespace ClientLb.Samples.Failover.Scenarios;

/// <summary>A process dies, and another one takes its place at the same address.</summary>
internal sealed class Kill : Scenario
{
    public override string Name => "kill";

    public override string Story => "one backend is killed with SIGKILL, and started again at the same address later";

    public override bool IsHeardAtOnce => true;

    public override bool ComesBack => true;

    public override async Task HurtAsync(World world, TimeSpan length, CancellationToken cancellationToken)
    {
        world.Say($"SIGKILL to {world.Victim.Id}");
        await world.Victim.KillAsync();
        await Task.Delay(length, cancellationToken);
    }

    public override Task HealAsync(World world, CancellationToken cancellationToken)
    {
        world.Say($"{world.Victim.Id} is started again");
        return world.Victim.StartAsync(cancellationToken);
    }
}
