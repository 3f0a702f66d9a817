using System.Globalization;
using ClientLb.Endpoints;

namespace ClientLb.Calls;

/// <summary>One attempt of a call that failed.</summary>
/// <param name="Endpoint">The endpoint's id and address.</param>
/// <param name="Kind">What it said of the endpoint.</param>
/// <param name="Evidence">What was seen.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Detail">The error's own words.</param>
public sealed record FailedAttempt(string Endpoint, OutcomeKind Kind, Evidence Evidence, TimeSpan Duration, string Detail)
{
    /// <inheritdoc />
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Endpoint}: {Evidence} after {Duration.TotalMilliseconds:0} ms ({Detail})");
}
