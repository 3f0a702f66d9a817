using ClientLb.Endpoints;
using ClientLb.Health;

namespace ClientLb.Tests.Health;

/// <summary>A client that sees every endpoint fail suspects itself.</summary>
public class SelfReviewTests
{
    private readonly Ward _ward = new(4);

    [Fact]
    public void All_fail_who_was_ejected_first_is_back_as_if_nothing_had_been()
    {
        _ward.Fail(0, 5);
        Assert.Equal(HealthState.Ejected, _ward.State(0));
        FailTheOthers();

        _ward.Judge.Machine.ReviewSelf();

        Assert.Equal((HealthState.Healthy, 0, 0L), (_ward.State(0), _ward.Status(0).Ejections, _ward.Status(0).Since));
        Assert.Contains("this client", _ward.Status(0).Reason, StringComparison.Ordinal);
        Assert.True(_ward.IsOpen(0));
        _ward.Fail(0, 10);
        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void One_answers_well_who_fails_stays_out()
    {
        _ward.Fail(0, 5);
        FailTheOthers();
        _ward.Succeed(2);

        _ward.Judge.Machine.ReviewSelf();

        Assert.Equal(HealthState.Ejected, _ward.State(0));
    }

    [Fact]
    public void A_first_failure_of_the_last_that_is_well_brings_nobody_back()
    {
        var ward = new Ward(2);
        ward.Fail(0, 5);
        ward.Fail(1);

        ward.Judge.Machine.ReviewSelf();

        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    [Fact]
    public void Nobody_listens_hard_evidence_is_believed()
    {
        _ward.Refuse(0);
        FailTheOthers();

        _ward.Judge.Machine.ReviewSelf();

        Assert.Equal(HealthState.Ejected, _ward.State(0));
    }

    [Fact]
    public void Its_own_check_fails_it_stays_out()
    {
        _ward.Judge.Checks.OnChecked(_ward[0], CheckState.Failing, Evidence.CheckFailed, "GET /health answered 503");
        FailTheOthers();

        _ward.Judge.Machine.ReviewSelf();

        Assert.Equal(HealthState.Ejected, _ward.State(0));
    }

    private void FailTheOthers()
    {
        // In turns, so that none is ejected while the others are still well.
        for (var round = 0; round < 5; round++)
        {
            for (var i = 1; i < 4; i++)
            {
                _ward.Fail(i);
            }
        }

        Assert.Equal(HealthState.Healthy, _ward.State(1));
        Assert.Equal(HealthState.Healthy, _ward.State(3));
    }
}
