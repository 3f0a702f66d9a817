using ClientLb.Endpoints;
using ClientLb.Health;
using Moq;

namespace ClientLb.Tests.Health;

public class HealthJudgeRestTests
{
    [Theory]
    [InlineData(5, 5)]
    [InlineData(0, 1)]
    [InlineData(120, 30)]
    public void Overloaded_rests_for_as_long_as_it_asks_up_to_thirty_seconds(double asked, double rest)
    {
        var ward = new Ward(2);

        ward.Overload(0, asked);

        Assert.False(ward.IsOpen(0));
        Assert.Equal(HealthState.Healthy, ward.State(0));
        Assert.Equal(ward.Now + TimeSpan.FromSeconds(rest).Ticks, ward[0].Health.RestUntil);
        ward.Pass(rest - 0.01);
        Assert.False(ward.IsOpen(0));
        ward.Pass(0.02);
        Assert.True(ward.IsOpen(0));
        Assert.Equal(0, ward[0].Health.RestUntil);
    }

    [Fact]
    public void Overloaded_the_last_one_does_not_rest()
    {
        var ward = new Ward(2);
        ward.Overload(0, 5);

        ward.Overload(1, 5);

        Assert.True(ward.IsOpen(1));
        ward.Listener.Verify(l => l.OnResting(ward[1], It.IsAny<long>()), Times.Never);
    }

    [Fact]
    public void Overloaded_again_while_it_rests_the_later_end_counts()
    {
        var ward = new Ward(2);
        ward.Overload(0, 5);
        ward.Time.Advance(1);

        ward.Overload(0, 1);
        Assert.Equal(ward.Now + TimeSpan.FromSeconds(4).Ticks, ward[0].Health.RestUntil);
        ward.Overload(0, 10);

        Assert.Equal(ward.Now + TimeSpan.FromSeconds(10).Ticks, ward[0].Health.RestUntil);
    }

    [Fact]
    public void Overloaded_no_rest_is_allowed_nothing_happens()
    {
        var ward = new Ward(2, new OutlierDetectionOptions { MaxRest = TimeSpan.Zero });

        ward.Overload(0, 5);

        Assert.True(ward.IsOpen(0));
        Assert.Equal(0, ward[0].Health.RestUntil);
        ward.Listener.Verify(l => l.OnResting(It.IsAny<Endpoint>(), It.IsAny<long>()), Times.Never);
    }

    [Fact]
    public void Overloaded_while_ejected_it_stays_where_it_is()
    {
        var ward = new Ward(2);
        ward.Refuse(0);

        ward.Overload(0, 5);

        Assert.Equal((HealthState.Ejected, 0L), (ward.State(0), ward[0].Health.RestUntil));
    }

    [Fact]
    public void Overloaded_and_asked_for_no_time_at_all_it_does_not_rest()
    {
        var ward = new Ward(2);

        // How a "Retry-After: 0" is told from none.
        ward.Judge.OnOutcome(ward[0], new AttemptReport(OutcomeKind.Overloaded, Evidence.OverloadStatus, ward.Now, ward.Now) { RetryAfter = 1 });

        Assert.Equal(0, ward[0].Health.RestUntil);
        Assert.True(ward.IsOpen(0));
        ward.Listener.Verify(l => l.OnResting(It.IsAny<Endpoint>(), It.IsAny<long>()), Times.Never);
    }

    [Fact]
    public void Nobody_listens_any_more_what_it_asked_for_is_forgotten()
    {
        var ward = new Ward(2);
        ward.Overload(0, 20);

        ward.Refuse(0);

        Assert.Equal((HealthState.Ejected, 0L), (ward.State(0), ward[0].Health.RestUntil));
    }

    [Fact]
    public void Rest_does_not_open_the_door_of_one_that_was_ejected_meanwhile()
    {
        var ward = new Ward(2);
        ward.Overload(0, 1);
        ward.Refuse(0);

        ward.Pass(1.01);

        Assert.False(ward.IsOpen(0));
    }

    [Theory]
    [InlineData(429, 45, 30)]
    [InlineData(503, 2, 2)]

    // gRPC: RESOURCE_EXHAUSTED, with and without pushback. Whatever face reports it, the kind decides.
    [InlineData(8, 2.5, 2.5)]
    [InlineData(8, 0, 1)]
    [InlineData(8, 3600, 30)]
    public void Overloaded_is_neither_failure_nor_success_whatever_the_protocol(int status, double asked, double rest)
    {
        var ward = new Ward(3);
        ward.Succeed(0, 2);
        ward.Fail(0, 2);

        ward.Judge.OnOutcome(ward[0], new AttemptReport(OutcomeKind.Overloaded, Evidence.OverloadStatus, ward.Now, ward.Now)
        {
            StatusCode = status,
            RetryAfter = TimeSpan.FromSeconds(asked).Ticks,
        });

        Assert.Equal(ward.Now + TimeSpan.FromSeconds(rest).Ticks, ward[0].Health.RestUntil);
        Assert.Equal((4, 2), ward[0].Health.Window.Read(ward.Now));
        Assert.Equal(2, ward[0].Health.ConsecutiveFailures);
        Assert.Equal(new OutcomeCounts(4, 2, 0), ward[0].Health.CloseInterval());
        Assert.Equal(HealthState.Healthy, ward.State(0));
        ward.Listener.Verify(l => l.OnDetected(It.IsAny<Endpoint>(), It.IsAny<Detector>(), It.IsAny<Guard>()), Times.Never);
    }
}
