using ClientLb.Settings;

namespace ClientLb.Health;

/// <summary>
/// How many percent of what each detector finds are carried out; the rest is counted and logged only. 0 observes, 100 always ejects. As
/// <c>enforcing_*</c> in Envoy and <c>enforcement_percentage</c> in gRPC A50.
/// </summary>
public sealed class EnforcementOptions
{
    /// <summary>Failures in a row. Default 100.</summary>
    public int ConsecutiveFailures { get; set; } = 100;

    /// <summary>The failure rate. Default 100.</summary>
    public int FailureRate { get; set; } = 100;

    /// <summary>The rate of slow calls. Default 100; the detector itself is off by default.</summary>
    public int SlowCalls { get; set; } = 100;

    /// <summary>The success rate against peers. Default 100.</summary>
    public int SuccessRate { get; set; } = 100;

    /// <summary>The latency against peers. Default 100.</summary>
    public int Latency { get; set; } = 100;

    /// <summary>The share of 4xx against peers. Default 0: a client error is the caller's until somebody says otherwise.</summary>
    public int ClientErrors { get; set; }

    /// <summary>Active checks. Default 100.</summary>
    public int ActiveCheck { get; set; } = 100;

    internal static SettingsSchema<EnforcementOptions> Schema { get; } = new SettingsSchema<EnforcementOptions>()
        .Whole(nameof(ConsecutiveFailures), static o => o.ConsecutiveFailures, static (o, v) => o.ConsecutiveFailures = v, 0, 100)
        .Whole(nameof(FailureRate), static o => o.FailureRate, static (o, v) => o.FailureRate = v, 0, 100)
        .Whole(nameof(SlowCalls), static o => o.SlowCalls, static (o, v) => o.SlowCalls = v, 0, 100)
        .Whole(nameof(SuccessRate), static o => o.SuccessRate, static (o, v) => o.SuccessRate = v, 0, 100)
        .Whole(nameof(Latency), static o => o.Latency, static (o, v) => o.Latency = v, 0, 100)
        .Whole(nameof(ClientErrors), static o => o.ClientErrors, static (o, v) => o.ClientErrors = v, 0, 100)
        .Whole(nameof(ActiveCheck), static o => o.ActiveCheck, static (o, v) => o.ActiveCheck = v, 0, 100);

    internal int Of(Detector detector) => detector switch
    {
        Detector.ConsecutiveFailures => ConsecutiveFailures,
        Detector.FailureRate => FailureRate,
        Detector.SlowCalls => SlowCalls,
        Detector.SuccessRate => SuccessRate,
        Detector.Latency => Latency,
        Detector.ClientErrors => ClientErrors,
        Detector.ActiveCheck => ActiveCheck,
        _ => throw new InvalidOperationException($"Unknown detector {detector}."),
    };
}
