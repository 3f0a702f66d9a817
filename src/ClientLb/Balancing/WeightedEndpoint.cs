using ClientLb.Endpoints;

namespace ClientLb.Balancing;

/// <summary>A member of a group with its weight in force: the source's, times what slow start and health leave of it.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Weight">Its share relative to the other members; above 0.</param>
public readonly record struct WeightedEndpoint(Endpoint Endpoint, double Weight);
