namespace ClientLb.Calls;

/// <summary>Why an attempt was stopped before it ended by itself. The three kinds of cancellation are three different outcomes.</summary>
internal enum StopCause
{
    /// <summary>It was not stopped.</summary>
    None,

    /// <summary>The caller cancelled.</summary>
    Caller,

    /// <summary>The attempt's own time was up.</summary>
    AttemptTimeout,

    /// <summary>The time of the whole call was up.</summary>
    CallTimeout,

    /// <summary>Its endpoint sends nothing while others answer: given up so that it can be tried elsewhere.</summary>
    Stalled,

    /// <summary>Its endpoint drained, and the time for that was over.</summary>
    Drained,

    /// <summary>No byte of the body came in time.</summary>
    BodyIdle,

    /// <summary>Another attempt of a hedged call was quicker.</summary>
    Overtaken,
}
