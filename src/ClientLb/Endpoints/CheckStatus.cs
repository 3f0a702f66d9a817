namespace ClientLb.Endpoints;

/// <summary>The verdict of an endpoint's active checks: a value that is replaced as a whole.</summary>
/// <param name="State">The verdict.</param>
/// <param name="Since">Since when, in ticks of <see cref="MonotonicClock"/>.</param>
/// <param name="Reason">Why, in words that a person can read.</param>
public sealed record CheckStatus(CheckState State, long Since, string Reason)
{
    /// <summary>Nothing is known.</summary>
    public static CheckStatus Unknown { get; } = new(CheckState.Unknown, 0, "not checked");
}
