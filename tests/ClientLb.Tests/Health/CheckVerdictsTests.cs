using ClientLb.Endpoints;
using ClientLb.Health;
using Moq;

namespace ClientLb.Tests.Health;

/// <summary>What active checks have to say beside traffic.</summary>
public class CheckVerdictsTests
{
    private readonly Ward _ward = new(3);

    [Fact]
    public void Failing_check_ejects_and_time_alone_does_not_bring_back()
    {
        Check(0, CheckState.Failing);

        Assert.Equal((HealthState.Ejected, Evidence.CheckFailed), (_ward.State(0), _ward.Status(0).Evidence));
        Assert.Contains("/health answered 503", _ward.Status(0).Reason, StringComparison.Ordinal);
        _ward.Pass(1000);
        Assert.Equal(HealthState.Ejected, _ward.State(0));
    }

    [Fact]
    public void It_passes_again_probation()
    {
        Check(0, CheckState.Failing);

        Check(0, CheckState.Passing);

        Assert.Equal(HealthState.Probation, _ward.State(0));
        _ward.Succeed(0);
        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void A_passing_check_does_not_undo_what_traffic_says()
    {
        _ward.Fail(0, 5);
        Check(0, CheckState.Passing);
        Assert.Equal(HealthState.Ejected, _ward.State(0));

        Check(1, CheckState.Failing);
        Check(0, CheckState.Failing);
        Check(0, CheckState.Passing);

        Assert.Equal((HealthState.Ejected, Evidence.ErrorStatus), (_ward.State(0), _ward.Status(0).Evidence));
    }

    [Fact]
    public void Ejected_by_traffic_and_its_check_fails_its_time_is_not_over()
    {
        _ward.Fail(0, 5);
        Check(0, CheckState.Failing);

        _ward.Pass(100);
        Assert.Equal(HealthState.Ejected, _ward.State(0));
        Check(0, CheckState.Passing);
        _ward.Pass(0.1);

        Assert.Equal(HealthState.Probation, _ward.State(0));
    }

    [Fact]
    public void Refused_and_its_check_fails_an_answer_as_the_last_resort_gives_no_probation()
    {
        _ward.Refuse(0);
        Check(0, CheckState.Failing, Evidence.Refused);
        _ward.Time.Advance(0.1);

        _ward.Succeed(0);

        Assert.Equal(HealthState.Ejected, _ward.State(0));
    }

    [Fact]
    public void A_refused_check_is_hard_evidence_for_all_of_them()
    {
        for (var i = 0; i < 3; i++)
        {
            Check(i, CheckState.Failing, Evidence.Refused);
            Assert.Equal((HealthState.Ejected, true), (_ward.State(i), _ward.Status(i).IsHard));
        }
    }

    [Fact]
    public void Checks_that_fail_everywhere_leave_everyone_in_until_one_passes()
    {
        var ward = new Ward(4);
        for (var i = 0; i < 4; i++)
        {
            ward.Judge.Checks.OnChecked(ward[i], CheckState.Failing, Evidence.CheckFailed, "GET /healthy answered 404");
        }

        Assert.All(ward.Endpoints, static e => Assert.Equal(HealthState.Healthy, e.Health.Status.State));
        Assert.Contains("it may be the check", ward.Status(0).Reason, StringComparison.Ordinal);
        ward.Listener.Verify(l => l.OnDetected(ward[2], Detector.ActiveCheck, Guard.Share));
        ward.Listener.Verify(l => l.OnDetected(ward[3], Detector.ActiveCheck, Guard.EveryoneFails));

        ward.Judge.Checks.OnChecked(ward[2], CheckState.Passing, Evidence.None, "GET /healthy answered 200");
        ward.Pass(1);
        ward.Judge.Checks.OnChecked(ward[3], CheckState.Failing, Evidence.CheckFailed, "GET /healthy answered 404");

        Assert.Equal(HealthState.Ejected, ward.State(3));
    }

    [Fact]
    public void One_that_waits_for_its_first_pass_says_nothing_of_the_check_and_one_that_was_not_checked_does()
    {
        var ward = new Ward(4);
        ward[3].Health.Check = new CheckStatus(CheckState.Pending, 0, "test");
        ward.Judge.Checks.OnChecked(ward[0], CheckState.Failing, Evidence.CheckFailed, "bad");
        ward.Judge.Checks.OnChecked(ward[1], CheckState.Failing, Evidence.CheckFailed, "bad");
        Assert.Equal(HealthState.Ejected, ward.State(0));

        ward.Judge.Checks.OnChecked(ward[2], CheckState.Failing, Evidence.CheckFailed, "bad");

        Assert.All(ward.Endpoints, static e => Assert.Equal(HealthState.Healthy, e.Health.Status.State));
    }

    [Fact]
    public void What_a_guard_refused_may_be_allowed_at_a_later_check()
    {
        var ward = new Ward(2);
        ward.Judge.Checks.OnChecked(ward[0], CheckState.Failing, Evidence.CheckFailed, "bad");
        ward.Judge.Checks.OnChecked(ward[1], CheckState.Failing, Evidence.CheckFailed, "bad");
        Assert.Equal(HealthState.Healthy, ward.State(1));

        ward.Judge.Checks.OnChecked(ward[0], CheckState.Passing, Evidence.None, "200");
        ward.Succeed(0);
        ward.Pass(1);
        ward.Judge.Checks.OnChecked(ward[1], CheckState.Failing, Evidence.CheckFailed, "bad");

        Assert.Equal(HealthState.Ejected, ward.State(1));
    }

    [Fact]
    public void Checks_are_switched_off_whom_they_took_out_is_let_in_on_probation()
    {
        Check(0, CheckState.Failing);

        _ward.Judge.Checks.SetUnchecked(_ward[0], CheckState.Unknown);

        Assert.Equal((HealthState.Probation, CheckState.Unknown), (_ward.State(0), _ward[0].Health.Check.State));
    }

    [Fact]
    public void Only_a_change_is_told()
    {
        Check(0, CheckState.Passing);
        Check(0, CheckState.Passing);
        Check(0, CheckState.Degraded);

        _ward.Listener.Verify(l => l.OnCheckChanged(_ward[0], It.IsAny<CheckStatus>(), It.IsAny<CheckStatus>()), Times.Exactly(2));
        Assert.True(_ward[0].Health.IsDegraded);
    }

    private void Check(int index, CheckState state, Evidence evidence = Evidence.CheckFailed) => _ward.Judge.Checks.OnChecked(
        _ward[index], state, state == CheckState.Failing ? evidence : Evidence.None, state == CheckState.Failing ? "GET /health answered 503" : "GET /health answered 200");
}
