namespace ClientLb.Simulation.Dispatch;

/// <summary>How a client's wait for an answer ends.</summary>
internal enum Ending
{
    /// <summary>With an answer.</summary>
    Answer,

    /// <summary>With an error that the server sent.</summary>
    Error,

    /// <summary>With the client's patience.</summary>
    Timeout,
}
