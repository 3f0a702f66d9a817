namespace ClientLb.Endpoints;

/// <summary>Where an endpoint stands with the health state machine.</summary>
public enum HealthState : byte
{
    /// <summary>It may be picked.</summary>
    Healthy,

    /// <summary>Taken out until its time is over or a probe succeeds.</summary>
    Ejected,

    /// <summary>Admitted one attempt at a time.</summary>
    Probation,
}
