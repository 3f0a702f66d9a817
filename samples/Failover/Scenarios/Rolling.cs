using System.Diagnostics;

namespace ClientLb.Samples.Failover.Scenarios;

/// <summary>A deployment: every backend withdraws, ends and is replaced, one after the other.</summary>
internal sealed class Rolling : Scenario
{
    public override string Name => "rolling";

    public override string Story => "all backends are restarted, one after the other, with a good-bye to the registry";

    public override bool HasVictim => false;

    public override async Task HurtAsync(World world, TimeSpan length, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < world.Backends.Count; i++)
        {
            var backend = world.Backends[i];
            world.Say($"SIGTERM to {backend.Id}");
            await backend.StopAsync();
            world.Say($"{backend.Id} is started again");
            await backend.StartAsync(cancellationToken);
            var rest = (length / world.Backends.Count * (i + 1)) - clock.Elapsed;
            await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, cancellationToken);
        }
    }
}
