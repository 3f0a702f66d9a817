namespace ClientLb.Simulation.Outages;

/// <summary>How an attempt ends, as its client sees it.</summary>
internal enum AttemptEnd
{
    /// <summary>With an answer.</summary>
    Answer,

    /// <summary>With an error that the server sent.</summary>
    Error,

    /// <summary>Nobody listens.</summary>
    Refused,

    /// <summary>The connection breaks.</summary>
    Reset,

    /// <summary>The time of the attempt, or of its call, is over.</summary>
    Timeout,

    /// <summary>It is given up, since its endpoint has stalled.</summary>
    Stalled,
}
