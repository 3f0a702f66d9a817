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

        Assert.Equal((HealthState.Healthy, 0, true), (_ward.State(0), _ward.Status(0).Ejections, _ward.Status(0).IsAcquitted));
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

    [Fact]
    public void Acquitted_what_is_left_of_its_past_fades_with_good_behaviour()
    {
        // Out four times in a row; one of them was the outage's.
        _ward.Fail(0, 5);
        for (var i = 0; i < 3; i++)
        {
            _ward.PassToProbation(0);
            _ward.Fail(0);
        }

        FailTheOthers();
        _ward.Judge.Machine.ReviewSelf();
        Assert.Equal((HealthState.Healthy, 3), (_ward.State(0), _ward.Status(0).Ejections));
        for (var i = 0; i < 4; i++)
        {
            _ward.Succeed(i);
        }

        _ward.Pass(3600);
        _ward.Refuse(0);

        Assert.InRange(_ward.Ejection(0), 0.75, 1.25);
    }

    [Theory]
    [InlineData("critical")]
    [InlineData("ordered")]
    [InlineData("pending")]
    [InlineData("held")]
    [InlineData("later priority")]
    public void All_who_are_in_use_fail_one_who_is_not_has_no_say(string why)
    {
        SetAside(_ward[3], why);
        _ward.Fail(0, 5);
        Assert.Equal(HealthState.Ejected, _ward.State(0));
        for (var round = 0; round < 5; round++)
        {
            _ward.Fail(1);
            _ward.Fail(2);
        }

        // The guard first: neither of them was ejected, though the one set aside has not failed.
        Assert.Equal([HealthState.Healthy, HealthState.Healthy], [_ward.State(1), _ward.State(2)]);
        _ward.Judge.Machine.ReviewSelf();

        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void One_of_a_later_priority_answered_lately_it_is_not_this_client()
    {
        SetAside(_ward[3], "later priority");
        _ward.Succeed(3);
        _ward.Fail(0, 5);
        _ward.Fail(1, 5);
        _ward.Fail(2, 5);

        _ward.Judge.Machine.ReviewSelf();

        Assert.Equal(HealthState.Ejected, _ward.State(0));
    }

    private static void SetAside(Endpoint endpoint, string why)
    {
        switch (why)
        {
            case "critical":
                endpoint.Descriptor = endpoint.Descriptor with { Status = RegistryStatus.Critical };
                break;
            case "ordered":
                endpoint.Health.Order = new ManualOrder(ManualOrderKind.Isolate, long.MaxValue, "test");
                break;
            case "pending":
                endpoint.Health.Check = new CheckStatus(CheckState.Pending, 0, "test");
                break;
            case "held":
                endpoint.Health.Hold();
                break;
            default:
                endpoint.Descriptor = endpoint.Descriptor with { Priority = 1 };
                break;
        }
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
