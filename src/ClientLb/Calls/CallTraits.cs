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

    /// <summary>The call has no time limit but its caller's, and an attempt only where it may be made elsewhere: gRPC's deadlines are its own.</summary>
    OwnDeadline = 64,

    /// <summary>It may wait for long for the head of its answer without anybody being late: it takes no place, and its silence says nothing.</summary>
    Stream = 8,

    /// <summary>Somebody has picked the endpoint of its first attempt.</summary>
    Picked = 32,

    /// <summary>What it sends has to be made ready before it can be sent again.</summary>
    Unprepared = 16,

    /// <summary>It is the trial of the cluster's breaker: where its answer points is followed when the trial has ended, and not by the call itself.</summary>
    IsTrial = 128,
}
