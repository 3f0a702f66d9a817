namespace ClientLb.Endpoints;

/// <summary>The health of an endpoint at one moment: a value that is replaced as a whole.</summary>
/// <param name="State">Where it stands.</param>
/// <param name="Evidence">What took it out; <see cref="Endpoints.Evidence.None"/> while it is healthy.</param>
/// <param name="Since">Since when, in ticks of <see cref="MonotonicClock"/>.</param>
/// <param name="Until">For an ejected one: when probation begins unless a probe succeeds earlier, in the same ticks.</param>
/// <param name="Ejections">How many times in a row it has been ejected: the exponent of the back-off.</param>
/// <param name="Reason">The reason in words that a person can read.</param>
public sealed record HealthStatus(HealthState State, Evidence Evidence, long Since, long Until, int Ejections, string Reason)
{
    /// <summary>A healthy endpoint without a past.</summary>
    public static HealthStatus Healthy { get; } = new(HealthState.Healthy, Evidence.None, 0, 0, 0, "healthy");

    /// <summary>True when the evidence is hard: it takes the endpoint out whatever the guards say, while any other is left.</summary>
    public bool IsHard => IsHardEvidence(Evidence);

    /// <summary>True when it is healthy because its ejection was a mistake: it was never away, so it does not start slowly.</summary>
    internal bool IsAcquitted { get; init; }

    /// <summary>True when it did not answer in time: a connect says nothing then, because the kernel of a frozen process accepts.</summary>
    internal bool IsSilence => Evidence is Evidence.Stalled or Evidence.AttemptTimeout;

    /// <summary>True for evidence that is hard: refused, unreachable, no such name, TLS failed, stalled.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <returns>Whether it is hard.</returns>
    public static bool IsHardEvidence(Evidence evidence) => evidence
        is Evidence.Refused or Evidence.Unreachable or Evidence.NameNotResolved or Evidence.TlsFailed or Evidence.Stalled;

    /// <summary>Whether a probe by TCP connect can find out that the endpoint is back: where a connection was what failed.</summary>
    internal static bool IsFoundByProbe(Evidence evidence) => evidence is Evidence.Refused or Evidence.Unreachable or Evidence.NameNotResolved;

    /// <summary>The same one, admitted to probation.</summary>
    internal HealthStatus ToProbation(long now, string what) => this with
    {
        State = HealthState.Probation,
        Since = now,
        Until = 0,
        Reason = $"{what} (was ejected: {Reason})",
    };
}
