using ClientLb.Endpoints;

namespace ClientLb.Tests.Health;

/// <summary>A client that sees every endpoint fail.</summary>
public class SelfReviewTests
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
