namespace ClientLb.Health;

/// <summary>What may find that an endpoint is worse than it should be: soft evidence, under the guards.</summary>
public enum Detector : byte
{
    /// <summary>Failures in a row: <see cref="OutlierDetectionOptions.ConsecutiveFailures"/>.</summary>
    ConsecutiveFailures,

    /// <summary>The share of failures in the window: <see cref="OutlierDetectionOptions.FailureRate"/>.</summary>
    FailureRate,

    /// <summary>The share of slow answers in the window.</summary>
    SlowCalls,

    /// <summary>The rate of successes against that of the peers.</summary>
    SuccessRate,

    /// <summary>The median latency against those of the peers.</summary>
    Latency,

    /// <summary>The share of 4xx answers against that of the peers. Observed only, unless it is enforced by option.</summary>
    ClientErrors,

    /// <summary>Active checks.</summary>
    ActiveCheck,
}
