using ClientLb.Endpoints;

namespace ClientLb.Tests.Balancing;

/// <summary>The first answers of an endpoint are slow by themselves, and are not held against it for long.</summary>
public sealed class RecallColdTests
{
    private const long Second = TimeSpan.TicksPerSecond;
    private const long Usual = 8 * TimeSpan.TicksPerMillisecond;

    private static readonly float s_pool = MathF.Log(Usual);

    private readonly Endpoint _endpoint = new(new("10.0.0.1", 80), MonotonicClock.System);

    [Fact]
    public void Slow_first_answers_count_for_a_tenth_after_two_seconds()
    {
        Answer(0, 6, 5 * Usual);

        Assert.InRange(Factor(1.9), 2, 5);
        Assert.InRange(Factor(2.1), 1, 1.6);
    }

    [Fact]
    public void The_next_answer_takes_their_place()
    {
        Answer(0, 6, 5 * Usual);
        Answer(3, 1, Usual);

        Assert.InRange(Factor(3), 1, 1.4);
    }

    [Fact]
    public void Slow_answers_of_one_that_has_answered_for_long_count_in_full()
    {
        Answer(0, 6, Usual);
        Answer(3, 16, 5 * Usual);

        Assert.InRange(Factor(5.5), 2.5, 5);
    }

    [Fact]
    public void One_that_was_away_is_cold_again()
    {
        Answer(0, 6, Usual);
        Answer(10, 6, Usual);
        _endpoint.Load.ForgetLatency();
        Answer(20, 6, 5 * Usual);

        Assert.InRange(Factor(21.9), 2, 5);
        Assert.InRange(Factor(22.1), 1, 1.6);
    }

    [Fact]
    public void Good_answers_of_a_cold_one_speak_for_it_in_full()
    {
        Answer(0, 16, Usual);
        var failed = (long)(102.1 * Second);
        RecallScore.Observe(_endpoint, new AttemptReport(OutcomeKind.Failure, Evidence.ErrorStatus, failed - Usual, failed), MathF.Log(Usual), s_pool);

        Assert.InRange(Factor(2.1), 1.05, 1.3);
    }

    private void Answer(double at, int times, long duration)
    {
        var ended = (long)((100 + at) * Second);
        for (var i = 0; i < times; i++)
        {
            RecallScore.Observe(_endpoint, new AttemptReport(OutcomeKind.Success, Evidence.None, ended - duration, ended), MathF.Log(duration), s_pool);
        }
    }

    /// <summary>How many times the usual latency is expected of it.</summary>
    private double Factor(double at) => Math.Exp(RecallScore.Exact(_endpoint, (long)((100 + at) * Second), s_pool) - s_pool);
}
