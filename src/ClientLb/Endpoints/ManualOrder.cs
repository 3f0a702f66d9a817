namespace ClientLb.Endpoints;

/// <summary>An order for an endpoint: it goes before all that checks, traffic and the registry say.</summary>
/// <param name="Kind">What is ordered.</param>
/// <param name="Until">When it ends by itself, in ticks of <see cref="MonotonicClock"/>; <see cref="long.MaxValue"/> where it does not.</param>
/// <param name="Reason">Why, in words that a person can read.</param>
public sealed record ManualOrder(ManualOrderKind Kind, long Until, string Reason);
