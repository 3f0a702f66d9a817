namespace ClientLb.Samples.Failover.Scenarios;

/// <summary>A fault of this sample's own backends.</summary>
internal abstract class Scenario : Fault
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
        [new Kill(), new Freeze(), new FastFail(), new Slow(), new Flap(), new Partition(), new Rolling(), new RegistryDown()];

    /// <summary>True where the victim is reached through a relay.</summary>
    public virtual bool NeedsRelay => false;

    /// <summary>True where the registry is killed.</summary>
    public virtual bool KillsRegistry => false;

    /// <summary>True where processes are stopped by a signal.</summary>
    public virtual bool NeedsSignals => false;

    /// <summary>Calls a second, unless the command line says otherwise.</summary>
    public virtual int Rate => 200;

    /// <summary>Does the harm, for a given time.</summary>
    public abstract Task HurtAsync(World world, TimeSpan length, CancellationToken cancellationToken);

    /// <summary>Ends the harm.</summary>
    public virtual Task HealAsync(World world, CancellationToken cancellationToken) => Task.CompletedTask;
}
