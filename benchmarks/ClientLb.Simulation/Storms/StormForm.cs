namespace ClientLb.Simulation.Storms;

/// <summary>What becomes of half of the servers.</summary>
internal enum StormForm
{
    /// <summary>They have 5 % of their speed.</summary>
    Brown,

    /// <summary>They stand still.</summary>
    Hang,

    /// <summary>They answer an error in 0.1 ms.</summary>
    Errors,
}
