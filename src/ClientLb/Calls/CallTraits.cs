namespace ClientLb.Calls;

/// <summary>What may be done with a call.</summary>
[Flags]
internal enum CallTraits
{
    /// <summary>One attempt only.</summary>
    None = 0,

    /// <summary>It may be made again although an earlier attempt may have acted.</summary>
    Repeatable = 1,

    /// <summary>What it sends can be sent again after some of it has been.</summary>
    Replayable = 2,

    /// <summary>Somebody has set it a deadline of its own: its servers are told.</summary>
    HasDeadline = 4,

    /// <summary>Both: an attempt may be given up and made elsewhere.</summary>
    RepeatableAndReplayable = Repeatable | Replayable,
}
