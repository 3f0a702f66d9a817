namespace ClientLb.Health.Checks;

/// <summary>How far the bytes of an answer go.</summary>
internal enum HttpReading : byte
{
    /// <summary>More must come.</summary>
    More,

    /// <summary>All that is wanted is there.</summary>
    Done,

    /// <summary>This is no answer of HTTP/1.</summary>
    Broken,
}
