using ClientLb.Endpoints;
using ClientLb.Health;

namespace ClientLb.Tests.Health;

/// <summary>One attempt waits at endpoint 0 while endpoint 1 answers: is the call slow, or the endpoint silent?</summary>
public class StallWitnessTests
{
    private readonly Ward _ward = new(3);
    private readonly StallDetector _detector;

    public StallWitnessTests()
    {
        _detector = new StallDetector(_ward.Judge);
        foreach (var endpoint in _ward.Endpoints)
        {
            endpoint.Load.NoteAnswer(_ward.Now);
        }
    }

    [Fact]
    public void One_silent_attempt_asks_for_a_witness_once()
    {
        Send();

        Assert.Equal(0, Look(0.4));
        Assert.Equal(1, Look(0.2));
        Assert.True(_ward[0].Health.TryBeWitness());
        Assert.Equal(0, Look(5));

        Assert.False(_ward[0].Health.WantsWitness);
        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void Witness_that_waits_too_makes_it_a_stall_after_one_second_and_both_are_given_up_after_two()
    {
        var first = Send();
        Look(0.6);
        Assert.True(_ward[0].Health.TryBeWitness());
        var witness = Send();

        Look(0.3);
        Assert.Equal(HealthState.Healthy, _ward.State(0));
        Look(0.2);

        Assert.Equal(Evidence.Stalled, _ward.Status(0).Evidence);
        Look(1.0);
        Assert.True(first < _ward[0].Health.AbandonBefore);
        Assert.True(witness < _ward[0].Health.AbandonBefore);
    }

    [Fact]
    public void Witness_that_has_just_come_is_given_a_moment()
    {
        Send();
        Look(0.9);
        Assert.True(_ward[0].Health.TryBeWitness());
        Send();

        Look(0.2);
        Assert.Equal(HealthState.Healthy, _ward.State(0));
        Look(0.3);

        Assert.Equal(Evidence.Stalled, _ward.Status(0).Evidence);
    }

    [Fact]
    public void Several_slow_calls_get_a_witness_before_they_are_taken_for_a_stall()
    {
        Send();
        Send();

        Assert.Equal(1, Look(0.7));
        var witness = Send();
        Look(0.1);
        _ward[0].Load.NoteAnswer(_ward.Now);
        _ward[0].Load.Release(witness);
        Look(0.7);

        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void Witness_that_is_answered_clears_the_endpoint()
    {
        Send();
        Look(0.6);
        var witness = Send();
        _ward[0].Load.NoteAnswer(_ward.Now);
        _ward[0].Load.Release(witness);

        Look(0.5);

        Assert.Equal(HealthState.Healthy, _ward.State(0));
        Assert.False(_ward[0].Health.WantsWitness);
    }

    [Fact]
    public void Nobody_answers_nobody_is_asked_for()
    {
        Send();

        Assert.Equal(0, Look(10, answering: null));
    }

    private long Send()
    {
        var now = _ward.Now;
        Assert.True(_ward[0].Load.TryAcquire(now, LeaseRule.Normal));
        return now;
    }

    /// <summary>The loop looks every 0.1 s.</summary>
    /// <returns>How often a witness was asked for.</returns>
    private int Look(double seconds, int? answering = 1)
    {
        var asked = 0;
        for (var passed = 0.0; passed < seconds - 0.01; passed += 0.1)
        {
            _ward.Time.Advance(0.1);
            if (answering is { } index)
            {
                _ward[index].Load.NoteAnswer(_ward.Now);
            }

            asked += _detector.Look(_ward.Endpoints, _ward.Now) ? 1 : 0;
        }

        return asked;
    }
}
