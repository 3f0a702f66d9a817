namespace ClientLb.Simulation.Outages;

/// <summary>What is wrong with a server.</summary>
internal enum Ailment
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It answers an error in 0.1 ms, to some requests or to all.</summary>
    Errors,

    /// <summary>It answers an error after the work, to some requests.</summary>
    LateErrors,

    /// <summary>Its process stands still: connections are accepted, nothing is answered.</summary>
    Hang,

    /// <summary>It runs at a part of its speed.</summary>
    Slow,

    /// <summary>Its process is gone: what it had breaks off, connections are refused.</summary>
    Gone,

    /// <summary>It is well, and answers 503 at once while it has more than its limit in flight.</summary>
    Sheds,
}
