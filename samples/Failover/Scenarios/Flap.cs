using System.Diagnostics;

namespace ClientLb.Samples.Failover.Scenarios;

/// <summary>A backend comes and goes: its connections break, new ones are refused, and a second later it is well again.</summary>
internal sealed class Flap : Scenario
{
    public override string Name => "flap";

    public override string Story => "one backend goes down and up again about every second";

    public override bool NeedsRelay => true;

    // Whoever fails every second is let in slowly: that is what the default policy's memory of failures is for.
    public override bool IsTrustedAgain => false;

    public override async Task HurtAsync(World world, TimeSpan length, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < length)
        {
            world.Say($"{world.Victim.Id} goes down");
            world.Victim.Relay!.Refuse();
            await AboutASecondAsync();
            world.Say($"{world.Victim.Id} comes up");
            world.Victim.Relay.Accept();
            await AboutASecondAsync();
        }

        Task AboutASecondAsync() => Task.Delay(world.Random.Next(800, 1200), cancellationToken);
    }
}
