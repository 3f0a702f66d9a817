namespace ClientLb.Simulation.Twice;

/// <summary>What came of the calls.</summary>
internal sealed record TwiceFigures
{
    /// <summary>Calls that must not be repeated.</summary>
    public required long Calls { get; init; }

    /// <summary>Those of them on which servers have acted more than once: there must be none.</summary>
    public required long Twice { get; init; }

    /// <summary>Those of them on which a server has acted.</summary>
    public required long Acted { get; init; }

    /// <summary>Those of them that were made at more than one endpoint, since the first ones were not reached.</summary>
    public required long Elsewhere { get; init; }

    /// <summary>Those of them that were cancelled by their caller while an attempt was in flight.</summary>
    public required long Cancelled { get; init; }

    /// <summary>Calls beside them that may be repeated, on which servers have acted more than once: where there is none, nothing has been shown.</summary>
    public required long Repeated { get; init; }

    /// <summary>Attempts of all.</summary>
    public required long Attempts { get; init; }

    /// <summary>Attempts that were stopped: by a deadline, a caller, a stall, or another attempt that answered.</summary>
    public required long Stopped { get; init; }

    /// <summary>Calls that have not ended, and leases that were not given back, at the end: there must be none.</summary>
    public required long Left { get; init; }

    public bool Holds => Twice == 0 && Left == 0 && Repeated > 0 && Elsewhere > 0 && Cancelled > 0;
}
