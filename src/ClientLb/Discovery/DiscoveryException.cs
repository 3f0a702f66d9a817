namespace ClientLb.Discovery;

/// <summary>A registry could not be asked. The message says what to check.</summary>
public sealed class DiscoveryException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="kind">Why, from a closed set.</param>
    /// <param name="message">What happened and what to check. No secrets.</param>
    /// <param name="innerException">The cause.</param>
    public DiscoveryException(DiscoveryErrorKind kind, string message, Exception? innerException = null)
        : base(message, innerException) => Kind = kind;

    /// <summary>Why, from a closed set.</summary>
    public DiscoveryErrorKind Kind { get; }
}
