using ClientLb.Samples.Failover.Scenarios;

namespace ClientLb.Samples.Failover.CommandLine;

/// <summary>What the user asks for.</summary>
internal sealed record FailoverOptions
{
    /// <summary>What is done to the backends, one after the other.</summary>
    public IReadOnlyList<Scenario> Scenarios { get; init; } = Scenario.All;

    /// <summary>How long each scenario takes: the time before, the fault and the recovery. Starting and warming up comes on top.</summary>
    public TimeSpan Length { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Decides the jitter of the backends and of the flapping.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Calls a second; <see langword="null"/> for what each scenario has by itself.</summary>
    public int? Rate { get; init; }

    /// <summary>Where the results go as JSON; <see langword="null"/> for nowhere.</summary>
    public string? JsonFile { get; init; }

    /// <summary>True to use a registry inside this process though a Consul could be had.</summary>
    public bool Embedded { get; init; }
}
