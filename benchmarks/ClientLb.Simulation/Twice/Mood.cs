namespace ClientLb.Simulation.Twice;

/// <summary>What a server does with what comes to it at present.</summary>
internal enum Mood
{
    Well,

    /// <summary>It acts, and answers late: mostly after the client has given up.</summary>
    Slow,

    /// <summary>It answers an error, before it has acted or after.</summary>
    Errs,

    /// <summary>The connection breaks, before it has acted or after.</summary>
    Resets,

    /// <summary>Nobody listens: provably not sent.</summary>
    Refuses,

    /// <summary>It says that it has no place.</summary>
    Busy,

    /// <summary>It stands still, and acts when it goes on, whether anybody still waits or not.</summary>
    Frozen,
}
