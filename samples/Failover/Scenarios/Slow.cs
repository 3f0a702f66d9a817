namespace ClientLb.Samples.Failover.Scenarios;

/// <summary>A backend works, and takes long over it.</summary>
internal sealed class Slow : Scenario
{
    public override string Name => "slow";

    public override string Story => "one backend answers 20 times slower";

    public override bool LosesShare => true;

    public override async Task HurtAsync(World world, TimeSpan length, CancellationToken cancellationToken)
    {
        world.Say($"{world.Victim.Id} is 20 times slower");
        world.Victim.Tell("slow 20");
        await Task.Delay(length, cancellationToken);
    }

    public override Task HealAsync(World world, CancellationToken cancellationToken)
    {
        world.Say($"{world.Victim.Id} is as fast as before");
        world.Victim.Tell("normal");
        return Task.CompletedTask;
    }
}
