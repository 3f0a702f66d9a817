using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Admission;

/// <summary>Leases that a test holds, and ends after a time that it says.</summary>
internal sealed class LimitBench(int endpoints) : IDisposable
{
    private readonly List<Lease> _held = [];

    public TestCluster Cluster { get; } = TestCluster.Of(endpoints);

    public int Limit(int port) => Cluster[port].Hot.Limit;

    /// <summary>It is known to take that long.</summary>
    public void Usual(int port, double seconds = 0.01)
    {
        for (var i = 0; i < 50; i++)
        {
            Hold(port, 1);
            Answer(port, seconds);
        }
    }

    public void Hold(int port, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(Cluster[port].Load.TryAcquire(Cluster.Clock.Now, LeaseRule.OverlookAll));
            _held.Add(new Lease(Cluster[port], Cluster.Clock.Now, false));
        }
    }

    /// <summary>The oldest attempt is answered after a time that is written into its report, as is the time that it had.</summary>
    public void Answer(int port, double seconds, double patience = 0) => End(port, OutcomeKind.Success, Evidence.None, seconds, patience);

    /// <summary>The oldest attempt ends so.</summary>
    public void End(int port, OutcomeKind kind, Evidence evidence, double seconds, double patience = 0)
    {
        var lease = _held.First(held => held.Endpoint.Port == port);
        _held.Remove(lease);
        var now = Cluster.Clock.Now;
        Cluster.Cluster.Report(lease, new AttemptReport(kind, evidence, now - TimeSpan.FromSeconds(seconds).Ticks, now)
        {
            StatusCode = kind == OutcomeKind.Overloaded ? 429 : 0,
            Patience = TimeSpan.FromSeconds(patience).Ticks,
        });
        Cluster.Cluster.Release(lease);
    }

    public void Drop(int port, int count)
    {
        foreach (var lease in _held.Where(held => held.Endpoint.Port == port).Take(count).ToList())
        {
            _held.Remove(lease);
            Cluster.Cluster.Release(lease);
        }
    }

    public void Dispose() => Cluster.Dispose();
}
