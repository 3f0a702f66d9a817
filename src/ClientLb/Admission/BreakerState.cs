namespace ClientLb.Admission;

/// <summary>Whether a cluster's breaker lets calls pass.</summary>
public enum BreakerState
{
    /// <summary>All pass.</summary>
    Closed,

    /// <summary>None passes: too many have failed. It lasts for <see cref="BreakerOptions.BreakDuration"/>.</summary>
    Open,

    /// <summary>One call is made as a trial; the others do not pass. Its end decides.</summary>
    HalfOpen,

    /// <summary>None passes, by order.</summary>
    Isolated,
}
