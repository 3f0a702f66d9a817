namespace ClientLb.Samples.Failover.Scenarios;

/// <summary>A backend fails faster than the others work: to whoever only counts what is in flight it looks like the best one.</summary>
internal sealed class FastFail : Scenario
{
    public override string Name => "fastfail";

    public override string Story => "one backend answers everything with 500, at once";

    public override bool FailsFast => true;

    public override async Task HurtAsync(World world, TimeSpan length, CancellationToken cancellationToken)
    {
        world.Say($"{world.Victim.Id} answers 500 at once");
        world.Victim.Tell("fail");
        await Task.Delay(length, cancellationToken);
    }

    public override Task HealAsync(World world, CancellationToken cancellationToken)
    {
        world.Say($"{world.Victim.Id} works again");
        world.Victim.Tell("normal");
        return Task.CompletedTask;
    }
}
