namespace ClientLb.Simulation.Model;

/// <summary>What happens. The comments say what <see cref="Event.Subject"/> is.</summary>
internal enum EventKind : byte
{
    /// <summary>Clients get work to do. No subject.</summary>
    Arrival,

    /// <summary>A request reaches its server, or the central queue. The request.</summary>
    AtServer,

    /// <summary>A server finishes a request. The server.</summary>
    Departure,

    /// <summary>An answer reaches its client. The request.</summary>
    Answer,

    /// <summary>An error reaches the client. The request.</summary>
    Error,

    /// <summary>A client's patience with a request ends. The request.</summary>
    Timeout,

    /// <summary>The scenario changes something. Which scene.</summary>
    Scene,

    /// <summary>A second of counting how evenly servers are used is over. No subject.</summary>
    Window,

    /// <summary>The timer of a cluster's loop fires. The client.</summary>
    LoopTurn,

    /// <summary>In outages: the connection is refused. The request.</summary>
    Refused,

    /// <summary>In outages: the server says that it has no place. The request.</summary>
    NotNow,

    /// <summary>In outages: a timer of the library fires. The timer; the version is its plan's.</summary>
    Timer,

    /// <summary>In outages: a probe by TCP connect has reached its server. The probe; the version is the server.</summary>
    Probe,
}
