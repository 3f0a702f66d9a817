using ClientLb.Endpoints;
using ClientLb.Health;
using Moq;

namespace ClientLb.Tests.Health;

public class EjectionGuardTests
{
    [Fact]
    public void Everyone_else_fails_too_nobody_is_ejected()
    {
        var ward = new Ward(4);
        for (var i = 1; i < 4; i++)
        {
            ward.Fail(i);
        }

        ward.Fail(0, 10);

        Assert.Equal(HealthState.Healthy, ward.State(0));
        ward.Listener.Verify(l => l.OnEjectionPrevented(ward[0], It.IsAny<string>(), It.Is<string>(text => text.Contains("this client", StringComparison.Ordinal))));
        ward.Listener.Verify(l => l.OnDetected(ward[0], Detector.ConsecutiveFailures, Guard.EveryoneFails));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_only_other_one_is_not_ready_yet_it_is_the_last_one(bool isHeld)
    {
        var ward = new Ward(2);
        if (isHeld)
        {
            ward[1].Health.Hold();
        }
        else
        {
            ward[1].Health.Check = new CheckStatus(CheckState.Pending, ward.Now, "its first check has not passed yet");
        }

        ward.Fail(0, 5);

        Assert.Equal(HealthState.Healthy, ward.State(0));
        ward.Listener.Verify(l => l.OnDetected(ward[0], Detector.ConsecutiveFailures, Guard.LastOne));
    }

    [Fact]
    public void Whoever_is_not_in_use_itself_is_no_loss()
    {
        var ward = new Ward(2);
        ward[0].Descriptor = ward[0].Descriptor with { Status = RegistryStatus.Critical };

        ward.Fail(0, 5);

        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    [Fact]
    public void One_of_the_others_is_well_the_failing_one_goes()
    {
        var ward = new Ward(4);
        ward.Fail(1);
        ward.Fail(2);

        ward.Fail(0, 5);

        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    [Fact]
    public void A_guard_that_refused_is_asked_again_a_moment_later()
    {
        var ward = new Ward(2);
        ward.Fail(1);
        ward.Fail(0, 6);
        Assert.Equal(HealthState.Healthy, ward.State(0));

        ward.Succeed(1);
        ward.Pass(0.2);
        ward.Fail(0);

        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    [Fact]
    public void What_remains_has_not_shown_that_it_can_carry_the_load_one_may_go_and_no_more()
    {
        // Ten that answer 100 a second each: nine would have to answer 111, eight 125, seven 143.
        var ward = new Ward(10, new OutlierDetectionOptions { MaxEjectedShare = 1 });
        Answer(ward, 100, seconds: 3);

        ward.Fail(0, 5);
        ward.Fail(1, 5);
        Assert.Equal(HealthState.Ejected, ward.State(0));
        Assert.Equal(HealthState.Ejected, ward.State(1));
        ward.Fail(2, 5);

        Assert.Equal(HealthState.Healthy, ward.State(2));
        ward.Listener.Verify(l => l.OnDetected(ward[2], Detector.ConsecutiveFailures, Guard.Capacity));
    }

    [Fact]
    public void One_of_three_that_answers_though_its_check_fails_may_go()
    {
        // Two have shown 200 a second and would have to answer 300: with the guard on the first one, no cluster of fewer than five could let such a one go.
        var ward = new Ward(3);
        Answer(ward, 100, seconds: 3);

        ward.Judge.Checks.OnChecked(ward[0], CheckState.Failing, Evidence.CheckFailed, "GET /health answered 503");

        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    [Fact]
    public void The_rest_bears_more_then_more_may_go()
    {
        var ward = new Ward(10, new OutlierDetectionOptions { MaxEjectedShare = 1 });
        var watch = Answer(ward, 100, seconds: 3);
        ward.Fail(0, 5);
        ward.Fail(1, 5);

        Answer(ward, 125, seconds: 2, watch, from: 2);
        ward.Fail(2, 5);

        Assert.Equal(HealthState.Ejected, ward.State(2));
    }

    [Fact]
    public void Those_that_answer_nothing_carry_nothing_capacity_does_not_keep_them()
    {
        var ward = new Ward(10);
        Answer(ward, 100, seconds: 3, from: 4);

        for (var i = 0; i < 4; i++)
        {
            ward.Fail(i, 5);
            Assert.Equal(HealthState.Ejected, ward.State(i));
        }
    }

    [Fact]
    public void Observed_only_it_stays_and_is_counted_as_often_as_it_would_have_gone()
    {
        var ward = new Ward(3, new OutlierDetectionOptions { ObserveOnly = true });

        ward.Fail(0, 50);
        Assert.Equal(HealthState.Healthy, ward.State(0));
        Assert.True(ward.IsOpen(0));
        ward.Pass(1.1);
        ward.Fail(0, 50);

        ward.Listener.Verify(l => l.OnDetected(ward[0], Detector.ConsecutiveFailures, Guard.NotEnforced), Times.Exactly(2));
    }

    [Fact]
    public void Enforcement_is_a_share_of_what_is_found()
    {
        var ejected = 0;
        var ward = new Ward(400, new OutlierDetectionOptions { Enforcement = { ConsecutiveFailures = 30, FailureRate = 0 }, MaxEjectedShare = 1 });
        for (var i = 0; i < 300; i++)
        {
            ward.Fail(i, 5);
            ejected += ward.State(i) == HealthState.Ejected ? 1 : 0;
        }

        Assert.InRange(ejected, 60, 120);
    }

    [Fact]
    public void Hard_evidence_is_never_observed_only()
    {
        var ward = new Ward(3, new OutlierDetectionOptions { ObserveOnly = true });

        ward.Refuse(0);

        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    /// <summary>So many successes a second at each endpoint, for some seconds, as the loop sees them.</summary>
    private static CapacityWatch Answer(Ward ward, int perSecond, int seconds, CapacityWatch? watch = null, int from = 0)
    {
        watch ??= new CapacityWatch();
        watch.Look(ward.Endpoints, ward.Now);
        for (var second = 0; second < seconds; second++)
        {
            ward.Time.Advance(1);
            foreach (var endpoint in ward.Endpoints.Skip(from))
            {
                for (var i = 0; i < perSecond; i++)
                {
                    endpoint.Load.NoteAnswer(ward.Now);
                }
            }

            watch.Look(ward.Endpoints, ward.Now);
        }

        return watch;
    }
}
