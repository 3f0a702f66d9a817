using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Clusters;

/// <summary>A table in virtual time, for the tests of tables.</summary>
public abstract class EndpointTableBench
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    private protected VirtualTime Time { get; } = new();
    private protected MonotonicClock Clock { get; }
    private protected EndpointTable Table { get; }

    protected EndpointTableBench()
    {
        Clock = new MonotonicClock(Time);
        Table = new EndpointTable(Clock);
    }

    private protected static int[] Ports(IEnumerable<Endpoint> endpoints) => [.. endpoints.Select(endpoint => endpoint.Port)];

    private protected TableChanges Apply(params int[] ports) => Apply(TestCluster.Ports(ports));

    private protected TableChanges Apply(EndpointDescriptor[] descriptors) => Table.Apply(descriptors, Grace);

    private protected TableChanges ApplyIncomplete(params int[] ports) => Table.Apply(TestCluster.Ports(ports), Grace, isIncomplete: true);

    private protected TableChanges Review()
    {
        var changes = new TableChanges();
        Table.ReviewUnlisted(Grace, Clock.Now, changes);
        return changes;
    }

    private protected List<Endpoint> Retire()
    {
        var changes = new TableChanges();
        Table.RetireIdle(changes);
        return changes.Retired;
    }

    private protected void Answer(params int[] ports)
    {
        foreach (var endpoint in Table.Endpoints.Where(endpoint => ports.Contains(endpoint.Port)))
        {
            endpoint.Load.NoteAnswer(Clock.Now);
        }
    }
}
