using ClientLb.Samples.Failover.Fleet;
using ClientLb.Samples.Failover.Observation;
using ClientLb.Samples.Failover.Registries;

namespace ClientLb.Samples.Failover.Scenarios;

/// <summary>What a scenario can lay its hands on.</summary>
/// <param name="Registry">The registry.</param>
/// <param name="Backends">The backends.</param>
/// <param name="Victim">The one that is hurt, where it is one.</param>
/// <param name="Random">Chance from the seed.</param>
/// <param name="Journal">Where it says what it does.</param>
internal sealed record World(IRegistry Registry, IReadOnlyList<Backend> Backends, Backend Victim, Random Random, Journal Journal)
{
    public void Say(string what) => Journal.Note(what);
}
