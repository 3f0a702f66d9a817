using ClientLb.Endpoints;
using ClientLb.Health;
using Moq;

namespace ClientLb.Tests.Health;

/// <summary>What takes an endpoint out.</summary>
public class HealthJudgeEjectionTests
{
    [Fact]
    public void Failures_five_in_a_row_eject()
    {
        // More failures than half would eject earlier: successes before keep the rate low.
        var ward = new Ward(4);
        ward.Succeed(0, 10);

        ward.Fail(0, 4);
        Assert.Equal(HealthState.Healthy, ward.State(0));
        ward.Fail(0);

        Assert.Equal((HealthState.Ejected, Evidence.ErrorStatus), (ward.State(0), ward.Status(0).Evidence));
        Assert.Contains("5 failures in a row", ward.Status(0).Reason, StringComparison.Ordinal);
        Assert.Contains("status 500", ward.Status(0).Reason, StringComparison.Ordinal);
        Assert.False(ward.IsOpen(0));
        ward.Listener.Verify(l => l.OnHealthChanged(ward[0], HealthStatus.Healthy, ward.Status(0)), Times.Once);
    }

    [Fact]
    public void Failures_a_success_between_starts_the_count_again()
    {
        var ward = new Ward(4);
        ward.Succeed(0, 10);

        ward.Fail(0, 4);
        ward.Succeed(0);
        ward.Fail(0, 4);

        Assert.Equal(HealthState.Healthy, ward.State(0));
    }

    [Fact]
    public void Failures_half_of_five_or_more_eject()
    {
        var ward = new Ward(4);

        ward.Fail(0, 2);
        ward.Succeed(0, 2);
        Assert.Equal(HealthState.Healthy, ward.State(0));
        ward.Fail(0);

        Assert.Equal(HealthState.Ejected, ward.State(0));
        Assert.Contains("3 of 5 attempts failed in 30s", ward.Status(0).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Failures_less_than_half_do_not_eject()
    {
        var ward = new Ward(4);

        for (var i = 0; i < 20; i++)
        {
            ward.Succeed(0, 2);
            ward.Fail(0);
        }

        Assert.Equal(HealthState.Healthy, ward.State(0));
    }

    [Fact]
    public void Failures_before_the_window_are_forgotten()
    {
        var ward = new Ward(4);
        ward.Fail(0, 2);
        ward.Succeed(0);
        ward.Pass(31);

        ward.Succeed(0, 2);
        ward.Fail(0);

        Assert.Equal(HealthState.Healthy, ward.State(0));
    }

    [Fact]
    public void Window_in_the_options_is_the_one_that_counts()
    {
        var ward = new Ward(4, new OutlierDetectionOptions { Window = TimeSpan.FromSeconds(5) });
        ward.Fail(0, 3);
        ward.Succeed(0);
        ward.Pass(6);

        ward.Fail(0);

        Assert.Equal(HealthState.Healthy, ward.State(0));
    }

    [Fact]
    public void Bodies_that_all_break_off_eject_though_their_heads_were_good()
    {
        var ward = new Ward(4);

        for (var i = 0; i < 8; i++)
        {
            // Two are open at a time, so a success always counts ahead.
            ward.Succeed(0);
            if (i > 0)
            {
                ward.Fail(0, 1, Evidence.BodyBroken);
            }
        }

        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    [Theory]
    [InlineData(Evidence.Refused)]
    [InlineData(Evidence.Unreachable)]
    [InlineData(Evidence.NameNotResolved)]
    [InlineData(Evidence.TlsFailed)]
    public void Hard_evidence_ejects_at_once(Evidence evidence)
    {
        var ward = new Ward(2);

        ward.Refuse(0, evidence);

        Assert.Equal((HealthState.Ejected, evidence), (ward.State(0), ward.Status(0).Evidence));
        Assert.False(ward.IsOpen(0));
    }

    [Fact]
    public void Refused_stream_alone_does_not_eject()
    {
        var ward = new Ward(2);

        ward.Refuse(0, Evidence.StreamRefused);

        Assert.Equal(HealthState.Healthy, ward.State(0));
    }

    [Fact]
    public void Connections_that_the_client_may_not_open_never_eject()
    {
        var ward = new Ward(2);
        for (var i = 0; i < 20; i++)
        {
            ward.Refuse(0, Evidence.ConnectionLimit);
        }

        Assert.Equal(HealthState.Healthy, ward.State(0));
    }

    [Fact]
    public void Disabled_soft_evidence_and_pleas_for_rest_are_ignored_and_hard_evidence_counts()
    {
        var ward = new Ward(3, new OutlierDetectionOptions { Enabled = false });

        ward.Fail(0, 100);
        ward.Overload(1, 5);
        Assert.Equal((HealthState.Healthy, true), (ward.State(0), ward.IsOpen(1)));
        ward.Refuse(0);

        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    [Fact]
    public void A_connect_that_took_too_long_while_others_were_answered_there_is_soft_evidence()
    {
        var ward = new Ward(3);
        var started = ward.Now;
        ward.Time.Advance(1);
        ward[0].Load.NoteAnswer(ward.Now - 1);

        for (var i = 0; i < 4; i++)
        {
            ward.End(0, OutcomeKind.NotSent, started, Evidence.Unreachable);
        }

        Assert.Equal(HealthState.Healthy, ward.State(0));
        ward.End(0, OutcomeKind.NotSent, ward.Now, Evidence.Unreachable);
        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    [Fact]
    public void A_connect_that_took_too_long_while_this_process_stood_still_is_soft_evidence()
    {
        var ward = new Ward(2);
        var started = ward.Now;
        ward.Time.Advance(1);
        ward.Clock.Pauses.Note(ward.Now - TimeSpan.FromSeconds(0.5).Ticks, ward.Now, ward.Now);

        ward.End(0, OutcomeKind.NotSent, started, Evidence.Unreachable);
        ward.End(1, OutcomeKind.NotSent, started, Evidence.Refused);

        Assert.Equal((HealthState.Healthy, HealthState.Ejected), (ward.State(0), ward.State(1)));
    }

    [Fact]
    public void A_refused_connection_is_hard_evidence_whatever_was_answered_meanwhile()
    {
        var ward = new Ward(3);
        var started = ward.Now;
        ward.Time.Advance(1);
        ward[0].Load.NoteAnswer(ward.Now);

        ward.End(0, OutcomeKind.NotSent, started, Evidence.Refused);

        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    [Fact]
    public void Guard_the_last_one_stays_in_however_it_fails()
    {
        var ward = new Ward(1);

        ward.Fail(0, 100);

        Assert.Equal(HealthState.Healthy, ward.State(0));
        Assert.True(ward.IsOpen(0));
    }

    [Fact]
    public void Guard_says_so_once_a_window_and_not_at_every_failure()
    {
        var ward = new Ward(1);

        ward.Fail(0, 100);
        ward.Listener.Verify(l => l.OnEjectionPrevented(ward[0], It.IsAny<string>(), "it is the last one that is left"), Times.Once);
        ward.Pass(31);
        ward.Fail(0, 100);

        ward.Listener.Verify(l => l.OnEjectionPrevented(ward[0], It.IsAny<string>(), It.IsAny<string>()), Times.Exactly(2));
    }

    [Fact]
    public void Guard_one_may_always_go()
    {
        var ward = new Ward(2, new OutlierDetectionOptions { MaxEjectedShare = 0.01 });

        ward.Fail(0, 5);
        ward.Fail(1, 5);

        Assert.Equal((HealthState.Ejected, HealthState.Healthy), (ward.State(0), ward.State(1)));
    }

    [Fact]
    public void Guard_share_of_zero_ejects_nobody_by_soft_evidence()
    {
        var ward = new Ward(4, new OutlierDetectionOptions { MaxEjectedShare = 0 });

        ward.Fail(0, 100);

        Assert.Equal(HealthState.Healthy, ward.State(0));
    }

    [Fact]
    public void Guard_half_of_the_endpoints_at_most()
    {
        var ward = new Ward(10);

        for (var i = 0; i < 10; i++)
        {
            ward.Fail(i, 5);
        }

        Assert.Equal(5, ward.Endpoints.Count(e => e.Health.Status.State == HealthState.Ejected));
    }

    [Fact]
    public void Guard_hard_evidence_takes_all_but_soft_evidence_never_the_last_that_is_left()
    {
        var ward = new Ward(4);
        ward.Refuse(0);
        ward.Refuse(1);
        ward.Refuse(2);

        ward.Fail(3, 100);
        Assert.Equal(HealthState.Healthy, ward.State(3));
        ward.Refuse(3);

        Assert.Equal(HealthState.Ejected, ward.State(3));
    }

    [Fact]
    public void Guard_endpoints_that_drain_or_are_critical_do_not_count_as_left()
    {
        var ward = new Ward(3);
        ward[1].Descriptor = ward[1].Descriptor with { Weight = 0 };
        ward[2].Descriptor = ward[2].Descriptor with { Status = RegistryStatus.Critical };

        ward.Fail(0, 100);

        Assert.Equal(HealthState.Healthy, ward.State(0));
    }

    [Fact]
    public void Ignored_outcomes_change_nothing()
    {
        var ward = new Ward(2);
        ward.Fail(0, 4);

        ward.End(0, OutcomeKind.Ignored, ward.Now, Evidence.CallerCancelled);

        Assert.Equal((HealthState.Healthy, 4), (ward.State(0), ward[0].Health.ConsecutiveFailures));
    }
}
