using ClientLb.Endpoints;

namespace ClientLb.Tests.Health;

/// <summary>A client that sees every endpoint fail.</summary>
public class OutageMemoryTests
{
    private readonly Ward _ward = new(3);

    /// <summary>Penalties pile up to ten seconds: whoever answers first would get all the traffic, and the others none for a minute.</summary>
    [Fact]
    public void When_everyone_has_failed_and_one_answers_again_what_was_learned_meanwhile_is_forgotten()
    {
        FailEverywhere(5);
        _ward.Judge.Machine.ReviewSelf();
        Assert.All(_ward.Endpoints, static endpoint => Assert.NotEqual(0, endpoint.Load.PeakLatency));

        _ward.Succeed(1);
        _ward.Judge.Machine.ReviewSelf();

        Assert.All(_ward.Endpoints, static endpoint => Assert.Equal(0, endpoint.Load.PeakLatency));
        Assert.All(_ward.Endpoints, static endpoint => Assert.Equal(0, endpoint.Hot.Recall.Failing));
    }

    [Fact]
    public void When_everyone_was_gone_and_the_first_is_back_what_was_learned_meanwhile_is_forgotten()
    {
        for (var i = 0; i < 3; i++)
        {
            _ward.Refuse(i);
            _ward[i].Load.ObservePenalty(_ward.Now, 1);
        }

        _ward.Judge.Machine.ReviewSelf();
        Assert.All(_ward.Endpoints, static endpoint => Assert.NotEqual(0, endpoint.Load.PeakLatency));

        _ward.Judge.Machine.OnSignOfLife(_ward[0], "it accepts connections again");
        _ward.Succeed(0);
        Assert.Equal(HealthState.Healthy, _ward.State(0));
        _ward.Judge.Machine.ReviewSelf();

        Assert.Equal(0, _ward[1].Load.PeakLatency);
        Assert.Equal(0, _ward[2].Load.PeakLatency);
    }

    /// <summary>A busy client sees dozens of refused connections in the moment in which a process dies. Its successor has none of them.</summary>
    [Theory]
    [InlineData(Evidence.Refused, 0f)]
    [InlineData(Evidence.AttemptTimeout, 0f)]
    [InlineData(Evidence.ErrorStatus, 0.9f)]
    public void Failures_of_one_that_was_not_there_are_forgotten_when_it_is_back_and_errors_that_it_answered_are_not(Evidence evidence, float kept)
    {
        if (evidence == Evidence.Refused)
        {
            _ward.Refuse(0);
        }
        else
        {
            _ward.Fail(0, 5, evidence);
        }

        Assert.Equal(HealthState.Ejected, _ward.State(0));
        _ward[0].Hot.Recall.Failing = 0.9f;
        _ward.Judge.Machine.OnSignOfLife(_ward[0], "it accepts connections again");
        _ward.Succeed(0);

        Assert.Equal(HealthState.Healthy, _ward.State(0));
        Assert.Equal(kept, _ward[0].Hot.Recall.Failing);
    }

    /// <summary>One that is out, and one failure of the other: no reason to forget anything.</summary>
    [Fact]
    public void A_failure_of_the_only_one_that_is_in_is_no_outage()
    {
        _ward.Refuse(0);
        _ward.Refuse(1);
        _ward.Fail(2);
        _ward[2].Load.ObservePenalty(_ward.Now, 1);
        _ward.Judge.Machine.ReviewSelf();
        _ward.Succeed(2);
        _ward.Judge.Machine.ReviewSelf();

        Assert.NotEqual(0, _ward[2].Load.PeakLatency);
    }

    [Fact]
    public void While_everyone_fails_nothing_is_forgotten()
    {
        FailEverywhere(5);
        _ward.Judge.Machine.ReviewSelf();
        _ward.Judge.Machine.ReviewSelf();

        Assert.All(_ward.Endpoints, static endpoint => Assert.NotEqual(0, endpoint.Load.PeakLatency));
    }

    /// <summary>One failure each is chance, not an outage.</summary>
    [Theory]
    [InlineData(4, 4, 4)]
    [InlineData(9, 9, 0)]
    public void Where_not_everyone_has_failed_gravely_what_was_learned_stays(int first, int second, int third)
    {
        int[] failures = [first, second, third];
        for (var i = 0; i < failures.Length; i++)
        {
            _ward.Fail(i, failures[i]);
            _ward[i].Load.ObservePenalty(_ward.Now, 1);
        }

        _ward.Judge.Machine.ReviewSelf();
        _ward.Succeed(0);
        _ward.Judge.Machine.ReviewSelf();

        Assert.All(_ward.Endpoints, static endpoint => Assert.NotEqual(0, endpoint.Load.PeakLatency));
    }

    /// <summary>A client that meets each of many endpoints rarely: some have not been met yet while others have failed five times.</summary>
    [Fact]
    public void Where_nobody_answers_and_several_fail_nobody_is_ejected_though_not_everyone_was_tried()
    {
        var ward = new Ward(10);
        Review(ward);
        ward.Fail(0, 5);
        ward.Fail(1, 4);
        ward.Fail(2, 4);
        Assert.Equal(HealthState.Ejected, ward.State(0));

        // Turns follow each other at once: that says nothing.
        Review(ward);
        Assert.Equal(HealthState.Ejected, ward.State(0));

        ward.Pass(0.3);
        Review(ward);
        Assert.Equal(HealthState.Healthy, ward.State(0));

        ward.Fail(1, 3);
        Assert.Equal(HealthState.Healthy, ward.State(1));
    }

    [Fact]
    public void As_soon_as_one_answers_the_others_are_ejected_again()
    {
        var ward = new Ward(10);
        Review(ward);
        ward.Fail(0, 4);
        ward.Fail(1, 4);
        ward.Fail(2, 4);
        ward.Pass(0.3);
        Review(ward);
        ward.Fail(1);
        Assert.Equal(HealthState.Healthy, ward.State(1));

        ward[5].Load.NoteAnswer(ward.Now);
        ward.Succeed(5);
        Review(ward);
        ward.Pass(0.2);
        ward.Fail(1);

        Assert.Equal(HealthState.Ejected, ward.State(1));
    }

    /// <summary>One endpoint that draws all calls to itself and fails is no outage.</summary>
    [Fact]
    public void Failures_of_one_endpoint_alone_are_no_outage()
    {
        var ward = new Ward(10, new() { ConsecutiveFailures = 5, FailureRate = 1, MinimumAttempts = 1000, MaxEjectedShare = 0 });
        Review(ward);
        ward.Fail(0, 50);
        ward.Pass(0.3);
        Review(ward);

        var open = ward.Judge.Machine;
        open.Configure(new(), ward.Endpoints);
        ward.Time.Advance(1);
        ward.Fail(0);

        Assert.Equal(HealthState.Ejected, ward.State(0));
    }

    private static void Review(Ward ward) => ward.Judge.Machine.ReviewSelf();

    private void FailEverywhere(int times)
    {
        for (var i = 0; i < times; i++)
        {
            for (var endpoint = 0; endpoint < 3; endpoint++)
            {
                _ward.Fail(endpoint);
                _ward[endpoint].Load.ObservePenalty(_ward.Now, 1);
                _ward[endpoint].Hot.Recall.Failing = 0.9f;
            }
        }
    }
}
