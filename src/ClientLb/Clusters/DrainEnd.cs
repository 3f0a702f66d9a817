using ClientLb.Endpoints;

namespace ClientLb.Clusters;

/// <summary>What became of an endpoint's drain.</summary>
/// <param name="Endpoint">The endpoint. It may be listed still.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Drained">Attempts, open bodies and streams that ended by themselves since the drain began.</param>
/// <param name="CutOff">Those that were cut off.</param>
/// <param name="InFlight">Those that go on: above 0 only where the endpoint came back.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record DrainEnd(Endpoint Endpoint, DrainResult Result, int Drained, int CutOff, int InFlight, TimeSpan Elapsed);
