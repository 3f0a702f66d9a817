using System.Net.Sockets;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Health.Checks;

/// <summary>How far what a check has found is believed.</summary>
public class ActiveCheckerEvidenceTests
{
    [Theory]
    [InlineData(0, true)]
    [InlineData(8081, false)]
    public void Nobody_at_the_calls_port_is_certain_and_at_the_checks_own_is_not(int port, bool isHard)
    {
        using var cluster = CheckedCluster.Of(3, checks => checks.Port = port);
        cluster.Throws(new SocketException((int)SocketError.ConnectionRefused), 1, 2);

        cluster.Pass(10);

        Assert.Equal((CheckState.Failing, CheckState.Failing), (cluster[1].State, cluster[2].State));
        Assert.Equal(isHard ? 1 : 2, cluster.Inner.Eligible().Length);
    }

    [Fact]
    public void Newcomers_that_fail_are_not_let_in_by_a_guard_and_say_what_they_wait_for()
    {
        using var cluster = CheckedCluster.Of(2);
        var newcomers = Enumerable.Range(3, 10).ToArray();
        cluster.Fails(newcomers);

        cluster.List(TestCluster.Ports([1, 2, .. newcomers]));
        cluster.Pass(10);

        Assert.Equal([1, 2], cluster.Inner.Eligible());
        Assert.All(newcomers, port => Assert.Equal((CheckState.Pending, HealthState.Healthy), (cluster[port].State, cluster.Inner[port].Health.Status.State)));
        Assert.Contains("the check at 10.0.0.1:3 failed (answered 503)", cluster[3].Reason, StringComparison.Ordinal);
        cluster.Passes(newcomers);
        cluster.Pass(3);
        Assert.Equal(12, cluster.Inner.Eligible().Length);
    }
}
