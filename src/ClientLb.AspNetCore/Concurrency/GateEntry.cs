namespace ClientLb.AspNetCore.Concurrency;

/// <summary>How asking for a place ended.</summary>
internal enum GateEntry
{
    /// <summary>It has a place, and must give it back.</summary>
    Entered,

    /// <summary>No place, and none in the queue.</summary>
    Refused,

    /// <summary>Its caller went, or its deadline passed, while it waited.</summary>
    Left,
}
