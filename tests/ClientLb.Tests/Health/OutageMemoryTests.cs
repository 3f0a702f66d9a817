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
