namespace ClientLb.Discovery;

/// <summary>Why a registry could not be asked. A closed set: it may stand in a metric's tag.</summary>
public enum DiscoveryErrorKind
{
    /// <summary>Nothing answers at the address: refused, reset, no such name.</summary>
    Unreachable,

    /// <summary>No answer came in time.</summary>
    Timeout,

    /// <summary>The secure connection could not be made: certificates.</summary>
    Insecure,

    /// <summary>The registry refuses the token or its rights.</summary>
    Denied,

    /// <summary>The registry answers that it can't at present, for example without a leader.</summary>
    Unavailable,

    /// <summary>The registry does not understand the query, or its answer is not understood.</summary>
    Invalid,
}
