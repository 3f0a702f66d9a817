using ClientLb.Endpoints;

namespace ClientLb.Health;

/// <summary>An endpoint that is compared with its peers.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Counts">What came of its attempts in the interval.</param>
internal readonly record struct PeerSample(Endpoint Endpoint, OutcomeCounts Counts);
