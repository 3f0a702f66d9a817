using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Admission;

/// <summary>Some endpoints, and attempts that a test holds and ends.</summary>
public abstract class DistressTests(int endpoints = 3) : IDisposable
{
    private protected TestCluster Inner { get; } = TestCluster.Of(endpoints);

    private protected List<Lease> Held { get; } = [];

    public void Dispose()
    {
        Inner.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected int Limit(int port) => Inner[port].Hot.Limit;

    /// <summary>It is known to take that long.</summary>
    private protected void Usual(int port, double seconds = 0.01)
    {
        for (var i = 0; i < 50; i++)
        {
            Hold(port, 1);
            End(port, OutcomeKind.Success, Evidence.None, seconds);
        }
    }

    private protected void Answer(int port, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Inner.Answer(port);
        }
    }

    private protected void Hold(int port, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(Inner[port].Load.TryAcquire(Inner.Clock.Now, LeaseRule.OverlookAll));
            Held.Add(new Lease(Inner[port], Inner.Clock.Now, false));
        }
    }

    /// <summary>The oldest attempt ends after a time that is written into its report, as is the time that it had.</summary>
    private protected void End(int port, OutcomeKind kind, Evidence evidence, double seconds, double patience = 0)
    {
        var lease = Held.First(held => held.Endpoint.Port == port);
        Held.Remove(lease);
        var now = Inner.Clock.Now;
        Inner.Cluster.Report(lease, new AttemptReport(kind, evidence, now - TimeSpan.FromSeconds(seconds).Ticks, now)
        {
            StatusCode = kind == OutcomeKind.Overloaded ? 429 : 0,
            Patience = TimeSpan.FromSeconds(patience).Ticks,
        });
        Inner.Cluster.Release(lease);
    }

    private protected void Slow(int times, double seconds = 1.5, double patience = 0)
    {
        for (var i = 0; i < times; i++)
        {
            End(1, OutcomeKind.Success, Evidence.None, seconds, patience);
        }
    }

    private protected void Drop(int port, int count)
    {
        foreach (var lease in Held.Where(held => held.Endpoint.Port == port).Take(count).ToList())
        {
            Held.Remove(lease);
            Inner.Cluster.Release(lease);
        }
    }
}
