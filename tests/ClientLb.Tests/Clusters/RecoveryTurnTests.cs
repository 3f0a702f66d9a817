using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;
using Moq;

namespace ClientLb.Tests.Clusters;

/// <summary>More endpoints are out than are probed at once.</summary>
public class RecoveryTurnTests
{
    private const int Back = 150;

    [Fact]
    public void Each_gets_its_probe_in_turn()
    {
        using var cluster = new TestCluster();
        var ports = Enumerable.Range(1, 201).ToArray();
        cluster.List(TestCluster.Ports(ports));
        cluster.Probe.Setup(p => p.ProbeAsync(It.IsAny<Endpoint>(), It.IsAny<CancellationToken>())).Returns<Endpoint, CancellationToken>((endpoint, token) => ProbeAsync(cluster.Time, endpoint, token));
        cluster.Refuse(ports[..200]);
        for (var i = 0; i < 8; i++)
        {
            // Out for minutes: nobody comes back by time alone.
            Array.ForEach(ports[..200], port => cluster.Cluster.Judge.Machine.OnSignOfLife(cluster[port], "test"));
            cluster.Refuse(ports[..200]);
        }

        cluster.Pass(6);

        Assert.Equal(HealthState.Probation, cluster[Back].Health.Status.State);
        Assert.All(ports[..200], port => Assert.Equal(port == Back, cluster[port].Health.Status.State != HealthState.Ejected));
        cluster.Probe.Verify(p => p.ProbeAsync(cluster[200], It.IsAny<CancellationToken>()), Times.AtLeastOnce);
    }

    /// <summary>Nobody answers within its second but one, as where a whole rack is black-holed.</summary>
    private static async Task<bool> ProbeAsync(VirtualTime time, Endpoint endpoint, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken).ConfigureAwait(false);
        return endpoint.Port == Back;
    }
}
