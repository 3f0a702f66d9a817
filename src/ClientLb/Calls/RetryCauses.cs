namespace ClientLb.Calls;

/// <summary>What an attempt may be made again for: the names in <see cref="RetryOptions.On"/>.</summary>
[Flags]
internal enum RetryCauses
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It reached nobody.</summary>
    NotSent = 1,

    /// <summary>It had no answer in time, or its endpoint fell silent.</summary>
    Timeout = 2,

    /// <summary>Its connection, or the body that is read beforehand, broke off.</summary>
    Reset = 4,

    /// <summary>Its answer was a failure.</summary>
    Status = 8,

    /// <summary>Its endpoint asked for rest.</summary>
    Overload = 16,

    /// <summary>All of them.</summary>
    All = NotSent | Timeout | Reset | Status | Overload,
}
