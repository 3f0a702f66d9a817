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

        Assert.Equal(0, Look(1.0));
        Assert.Equal(1, Look(1.0));
        Assert.True(_ward[0].Health.TryBeWitness());
        Assert.Equal(0, Look(5));

        Assert.False(_ward[0].Health.WantsWitness);
        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void Witness_that_waits_too_makes_it_a_stall_and_both_are_given_up()
    {
        var first = Send();
        Look(2);
        Assert.True(_ward[0].Health.TryBeWitness());
        var witness = Send();

        Look(1.3);

        Assert.Equal(Evidence.Stalled, _ward.Status(0).Evidence);
        Look(1.2);
        Assert.True(first < _ward[0].Health.AbandonBefore);
        Assert.True(witness < _ward[0].Health.AbandonBefore);
    }

    [Fact]
    public void Witness_that_is_answered_clears_the_endpoint()
    {
        Send();
        Look(2);
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
