namespace ClientLb.Samples.Failover.Display;

/// <summary>One endpoint at one moment.</summary>
/// <param name="Name">The backend.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Rate">Attempts in the last second.</param>
/// <param name="P50">Their median, in milliseconds; <see langword="null"/> where there was none.</param>
/// <param name="P99">Their 99th percentile.</param>
/// <param name="InFlight">Attempts that wait.</param>
/// <param name="Health">Its state, in a word or two.</param>
/// <param name="Why">Why it is not healthy.</param>
internal sealed record EndpointRow(string Name, string Address, int Rate, double? P50, double? P99, int InFlight, string Health, string Why);
