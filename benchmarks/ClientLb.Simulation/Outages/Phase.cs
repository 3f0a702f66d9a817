namespace ClientLb.Simulation.Outages;

/// <summary>A part of a run. A call belongs to the one in which it starts.</summary>
internal enum Phase
{
    /// <summary>The first two seconds, which are not counted.</summary>
    Warm,

    /// <summary>All is well.</summary>
    Before,

    /// <summary>The first five seconds of the outage.</summary>
    Onset,

    /// <summary>The rest of the outage.</summary>
    During,

    /// <summary>All is well again.</summary>
    After,
}
