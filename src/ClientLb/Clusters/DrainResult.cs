namespace ClientLb.Clusters;

/// <summary>How a drain ended.</summary>
public enum DrainResult
{
    /// <summary>All that was in flight ended by itself within <see cref="ClusterOptions.Drain"/>.</summary>
    Finished,

    /// <summary>All that was in flight ended by itself, but later than that.</summary>
    FinishedLate,

    /// <summary>The time was over and the rest was cut off: see <see cref="ClusterOptions.CancelOnDrainTimeout"/>.</summary>
    CutOff,

    /// <summary>The endpoint came back into use before all had ended.</summary>
    Returned,
}
