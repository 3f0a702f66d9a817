using ClientLb.Endpoints;

namespace ClientLb.Tests.Admission;

/// <summary>Slow answers right after one of three was lost.</summary>
public class AdaptiveLimitLossTests : DistressTests
{
    /// <summary>A third of the cluster is gone: whatever the others' slow answers are, five in a row, wherever they come from, tell that they have too much to do.</summary>
    [Fact]
    public void Slow_answers_right_after_a_fifth_was_lost_bring_limits_below_a_second_wherever_they_come_from()
    {
        Usual(1);
        Usual(2);
        Inner.Refuse(3);
        Inner.Pass(0.2);
        Hold(1, 20);
        Hold(2, 20);
        for (var i = 0; i < 4; i++)
        {
            End(1 + (i % 2), OutcomeKind.Success, Evidence.None, 0.15);
        }

        Assert.Equal((EndpointLoad.NoLimit, EndpointLoad.NoLimit), (Limit(1), Limit(2)));
        End(1, OutcomeKind.Success, Evidence.None, 0.15);

        Assert.NotEqual(EndpointLoad.NoLimit, Limit(1));
        Assert.Equal(EndpointLoad.NoLimit, Limit(2));
        End(2, OutcomeKind.Success, Evidence.None, 0.15);
        Assert.NotEqual(EndpointLoad.NoLimit, Limit(2));
    }

    [Fact]
    public void What_waits_too_long_after_a_fifth_was_lost_tells_it_before_its_answers_do()
    {
        Usual(1);
        Usual(2);
        Inner.Refuse(3);
        Inner.Pass(0.2);
        Hold(1, 20);
        Hold(2, 20);
        for (var i = 0; i < 5; i++)
        {
            End(1, OutcomeKind.Success, Evidence.None, 0.15);
        }

        Assert.Equal(EndpointLoad.NoLimit, Limit(2));
        Inner.Pass(0.2);

        Assert.InRange(Limit(2), 1, 10);
    }

    [Fact]
    public void Slow_answers_from_a_pause_of_this_process_and_the_rush_after_it_bring_no_limit()
    {
        Usual(1);
        Inner.Refuse(3);
        Inner.Pass(0.2);
        Hold(1, 20);
        var now = Inner.Clock.Now;
        Inner.Clock.Pauses.Note(now - TimeSpan.FromSeconds(0.3).Ticks, now, now + TimeSpan.FromSeconds(10).Ticks);
        Slow(5);
        Inner.Pass(0.2);
        Slow(5);
        Assert.Equal(EndpointLoad.NoLimit, Limit(1));

        // What begins 0.3 s after a pause of 0.3 s is as slow as it is.
        Inner.Pass(0.4);
        Slow(5);
        Assert.NotEqual(EndpointLoad.NoLimit, Limit(1));

        void Slow(int times)
        {
            for (var i = 0; i < times; i++)
            {
                End(1, OutcomeKind.Success, Evidence.None, 0.15);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_quick_answer_between_or_ten_seconds_later_no_limit(bool isLater)
    {
        Usual(1);
        Inner.Refuse(3);
        Inner.Pass(isLater ? 10.5 : 0.2);
        Hold(1, 60);
        for (var i = 0; i < 20; i++)
        {
            End(1, OutcomeKind.Success, Evidence.None, isLater || i % 4 != 0 ? 0.15 : 0.01);
        }

        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
    }

    /// <summary>One that can carry the load of the lost is busier than it was, and a burst slows it down for a moment.</summary>
    [Fact]
    public void Slow_answers_within_a_hundredth_of_their_time_bring_no_limit()
    {
        Usual(1, 0.001);
        Inner.Refuse(3);
        Inner.Pass(0.2);
        Hold(1, 60);
        for (var i = 0; i < 20; i++)
        {
            End(1, OutcomeKind.Success, Evidence.None, 0.09);
        }

        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
    }

    [Fact]
    public void What_is_usual_is_what_was_before_the_trouble()
    {
        Usual(1);
        Inner.Pass(11);

        // Most of what is known comes from the queue by now, but never five in a row.
        for (var i = 0; i < 200; i++)
        {
            Hold(1, 1);
            End(1, OutcomeKind.Success, Evidence.None, i % 5 == 4 ? 0.01 : 2);
        }

        Inner.Refuse(3);
        Inner.Pass(0.2);
        Assert.Equal(EndpointLoad.NoLimit, Limit(1));
        Hold(1, 20);
        for (var i = 0; i < 5; i++)
        {
            End(1, OutcomeKind.Success, Evidence.None, 2);
        }

        Assert.NotEqual(EndpointLoad.NoLimit, Limit(1));
    }
}
