using ClientLb.Endpoints;
using ClientLb.Health;

namespace ClientLb.Tests.Health;

/// <summary>Endpoint 0 freezes with attempts in flight while endpoint 1 goes on, unless a test says otherwise.</summary>
public class StallDetectorTests
{
    private readonly Ward _ward = new(3);
    private readonly StallDetector _detector;

    public StallDetectorTests()
    {
        _detector = new StallDetector(_ward.Judge);
        foreach (var endpoint in _ward.Endpoints)
        {
            endpoint.Load.NoteAnswer(_ward.Now);
        }
    }

    [Fact]
    public void Two_wait_and_others_answer_stalled_after_one_second()
    {
        Hold(0, 2);

        Look(1.0, answering: 1);
        Assert.Equal(HealthState.Healthy, _ward.State(0));
        Look(0.2, answering: 1);

        Assert.Equal((HealthState.Ejected, Evidence.Stalled), (_ward.State(0), _ward.Status(0).Evidence));
        Assert.Contains("2 attempts in flight and no byte for 1", _ward.Status(0).Reason, StringComparison.Ordinal);
        Assert.False(_ward.IsOpen(0));
    }

    [Fact]
    public void One_alone_may_take_its_time()
    {
        Hold(0, 1);

        Look(10, answering: 1);

        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void Open_bodies_do_not_count()
    {
        Hold(0, 3);
        _ward[0].Load.BeginStream();
        _ward[0].Load.BeginStream();

        Look(10, answering: 1);

        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void A_byte_now_and_then_is_life()
    {
        Hold(0, 2);

        for (var i = 0; i < 10; i++)
        {
            Look(0.8, answering: 1);
            _ward[0].Load.NoteByte(_ward.Now);
        }

        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void A_slow_service_is_given_ten_times_its_p99()
    {
        for (var i = 0; i < 100; i++)
        {
            _ward[0].Load.Latencies.Add(TimeSpan.FromMilliseconds(500).Ticks);
        }

        Hold(0, 2);

        Look(4.5, answering: 1);
        Assert.Equal(HealthState.Healthy, _ward.State(0));
        Look(4, answering: 1);

        Assert.Equal(HealthState.Ejected, _ward.State(0));
    }

    [Theory]
    [InlineData(2, HealthState.Healthy)]
    [InlineData(4, HealthState.Healthy)]
    [InlineData(16, HealthState.Ejected)]
    public void Many_that_begin_within_the_silence_are_compared_with_what_is_usual_and_not_with_the_slowest(int begun, HealthState expected)
    {
        // One of five is slow by nature: ten times the 99th and the 90th percentile are 20 s.
        Answers(slow: 50, quick: 200);
        Hold(0, 2);
        Look(0.2, answering: 1);

        Hold(0, begun);
        Look(1.3, answering: 1);

        Assert.Equal(expected, _ward.State(0));
    }

    [Fact]
    public void Many_slow_calls_that_were_there_before_the_silence_accuse_nobody()
    {
        Answers(slow: 50, quick: 200);
        Hold(0, 30);
        Look(0.5, answering: 1);
        _ward[0].Load.NoteByte(_ward.Now);

        Look(10, answering: 1);

        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void Attempts_that_were_given_up_within_the_silence_are_not_counted()
    {
        Answers(slow: 50, quick: 200);
        Hold(0, 2);
        Look(0.2, answering: 1);
        Hold(0, 16);
        Look(0.5, answering: 1);
        for (var i = 0; i < 15; i++)
        {
            _ward[0].Load.Release(_held);
        }

        Look(3, answering: 1);

        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void All_are_silent_nobody_is_accused()
    {
        Hold(0, 2);
        Hold(1, 2);

        Look(10, answering: null);

        Assert.All(_ward.Endpoints, endpoint => Assert.Equal(HealthState.Healthy, endpoint.Health.Status.State));
    }

    [Fact]
    public void Others_answered_only_before_the_silence_nobody_is_accused()
    {
        _ward.Time.Advance(0.05);
        _ward[1].Load.NoteAnswer(_ward.Now);
        _ward.Time.Advance(0.05);
        Hold(0, 2);

        Look(10, answering: null);

        Assert.Equal(HealthState.Healthy, _ward.State(0));
    }

    [Fact]
    public void An_endpoint_that_never_answered_is_no_witness()
    {
        var ward = new Ward(2);
        var detector = new StallDetector(ward.Judge);
        Hold(ward[0], ward.Now, 2);

        for (var i = 0; i < 50; i++)
        {
            ward.Time.Advance(0.1);
            ward[1].Load.NoteByte(ward.Now);
            detector.Look(ward.Endpoints, ward.Now);
        }

        Assert.Equal(HealthState.Healthy, ward.State(0));
    }

    [Fact]
    public void A_single_endpoint_is_never_stalled()
    {
        var ward = new Ward(1);
        var detector = new StallDetector(ward.Judge);
        ward[0].Load.NoteAnswer(ward.Now);
        Hold(ward[0], ward.Now, 5);

        for (var i = 0; i < 100; i++)
        {
            ward.Time.Advance(0.1);
            detector.Look(ward.Endpoints, ward.Now);
        }

        Assert.Equal(HealthState.Healthy, ward.State(0));
    }

    [Fact]
    public void A_process_that_slept_accuses_nobody()
    {
        Hold(0, 2);
        Look(0.5, answering: 1);

        // The machine is suspended; when it wakes, the loop is the first to run.
        _ward.Time.Advance(600);
        _ward[1].Load.NoteAnswer(_ward.Now);
        _detector.Look(_ward.Endpoints, _ward.Now);
        Assert.Equal(HealthState.Healthy, _ward.State(0));

        Look(0.8, answering: 1);
        Assert.Equal(HealthState.Ejected, _ward.State(0));
    }

    [Fact]
    public void Twice_the_time_attempts_from_before_the_ejection_are_abandoned()
    {
        Hold(0, 2);
        var started = _ward.Now;

        Look(1.9, answering: 1);
        Assert.Equal(0, _ward[0].Health.AbandonBefore);
        Look(0.4, answering: 1);

        Assert.InRange(_ward[0].Health.AbandonBefore, started + 1, _ward.Now - TimeSpan.TicksPerSecond);
    }

    [Fact]
    public void The_last_attempt_ends_nothing_is_abandoned_any_more()
    {
        Hold(0, 2);
        Look(3, answering: 1);
        Assert.NotEqual(0, _ward[0].Health.AbandonBefore);

        _ward[0].Load.Release(_held);
        _ward[0].Load.Release(_held);
        Look(0.1, answering: 1);

        Assert.Equal(0, _ward[0].Health.AbandonBefore);
    }

    [Fact]
    public void It_breathes_again_probation_and_nothing_is_abandoned()
    {
        Hold(0, 2);
        Look(3, answering: 1);

        _ward[0].Load.NoteByte(_ward.Now);
        Look(0.1, answering: 1);

        Assert.Equal((HealthState.Probation, 0L), (_ward.State(0), _ward[0].Health.AbandonBefore));
    }

    private long _held;

    private void Answers(int slow, int quick)
    {
        for (var i = 0; i < slow + quick; i++)
        {
            _ward[0].Load.Latencies.Add(TimeSpan.FromMilliseconds(i < slow ? 2000 : 20).Ticks);
        }
    }

    private void Hold(int index, int attempts)
    {
        _held = _ward.Now;
        Hold(_ward[index], _held, attempts);
    }

    private static void Hold(Endpoint endpoint, long now, int attempts)
    {
        for (var i = 0; i < attempts; i++)
        {
            Assert.True(endpoint.Load.TryAcquire(now, LeaseRule.Normal));
        }
    }

    /// <summary>The loop looks every 0.1 s while one endpoint, or none, answers.</summary>
    private void Look(double seconds, int? answering)
    {
        for (var passed = 0.0; passed < seconds - 0.01; passed += 0.1)
        {
            _ward.Time.Advance(0.1);
            if (answering is { } index)
            {
                _ward[index].Load.NoteAnswer(_ward.Now);
            }

            _detector.Look(_ward.Endpoints, _ward.Now);
        }
    }
}
