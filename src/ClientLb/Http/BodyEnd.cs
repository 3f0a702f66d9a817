namespace ClientLb.Http;

/// <summary>How the body of a response came to its end.</summary>
internal enum BodyEnd : byte
{
    /// <summary>Every byte was read.</summary>
    Complete,

    /// <summary>The caller did not want the rest: disposed, cancelled, or dropped without either.</summary>
    Abandoned,

    /// <summary>It broke off: a premature end, a reset, a protocol error.</summary>
    Broken,

    /// <summary>No byte came in time.</summary>
    Idle,
}
