namespace ClientLb.Samples.Failover.Scenarios;

/// <summary>A process dies and comes back at another port.</summary>
internal sealed class Kill : Scenario
{
    public override string Name => "kill";

    public override string Story => "one backend is killed with SIGKILL, and started again later";

    public override bool IsHeardAtOnce => true;

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
