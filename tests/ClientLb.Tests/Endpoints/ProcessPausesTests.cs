using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Endpoints;

public class ProcessPausesTests
{
    private static readonly long s_second = TimeSpan.TicksPerSecond;

    private readonly ProcessPauses _pauses = new();

    [Fact]
    public void A_timer_that_comes_in_time_tells_of_no_pause()
    {
        _pauses.Note(10 * s_second, (10 * s_second) + (s_second / 25), 11 * s_second);

        Assert.False(_pauses.Touch(9 * s_second, 10 * s_second));
    }

    [Fact]
    public void A_late_one_puts_in_doubt_what_began_before_its_end_and_for_as_long_again()
    {
        _pauses.Note(10 * s_second, 12 * s_second, 20 * s_second);

        Assert.True(_pauses.Touch(9 * s_second, 12 * s_second));
        Assert.True(_pauses.Touch((14 * s_second) - 1, 14 * s_second));
        Assert.False(_pauses.Touch(14 * s_second, 15 * s_second));
    }

    [Fact]
    public void A_short_pause_does_not_explain_what_took_long()
    {
        _pauses.Note(10 * s_second, (10 * s_second) + (s_second / 10), 20 * s_second);

        Assert.True(_pauses.Touch((10 * s_second) - (s_second / 2), (10 * s_second) + (s_second / 4)));
        Assert.False(_pauses.Touch(9 * s_second, 11 * s_second));
    }

    [Fact]
    public void A_short_pause_in_the_rush_after_a_long_one_does_not_take_its_place_and_one_after_it_does()
    {
        _pauses.Note(10 * s_second, 12 * s_second, 13 * s_second);
        _pauses.Note(13 * s_second, (13 * s_second) + (s_second / 10), 20 * s_second);
        Assert.True(_pauses.Touch((13 * s_second) + (s_second / 2), 15 * s_second));

        _pauses.Note(20 * s_second, (20 * s_second) + (s_second / 10), 30 * s_second);
        Assert.False(_pauses.Touch(19 * s_second, 21 * s_second));
    }

    [Fact]
    public void Pauses_add_up_to_what_a_quota_takes_and_explain_no_more_than_that()
    {
        // Stopped for 60 of each 100 ms.
        for (var i = 1; i <= 100; i++)
        {
            _pauses.Note((10 * s_second) + (i * s_second / 10) - (s_second * 6 / 100), (10 * s_second) + (i * s_second / 10), 100 * s_second);
        }

        Assert.True(_pauses.Touch(19 * s_second, 20 * s_second));
        Assert.False(_pauses.Touch(11 * s_second, 20 * s_second));
    }

    [Fact]
    public void After_an_hour_of_standstill_the_rush_is_over_within_seconds()
    {
        _pauses.Note(10 * s_second, 3610 * s_second, 4000 * s_second);

        Assert.True(_pauses.Touch(3614 * s_second, 3615 * s_second));
        Assert.False(_pauses.Touch(3615 * s_second, 3616 * s_second));
    }

    [Fact]
    public void A_pause_is_seen_before_its_timer_comes()
    {
        _pauses.Note(9 * s_second, 9 * s_second, 10 * s_second);

        Assert.False(_pauses.Touch(9 * s_second, 10 * s_second));
        Assert.True(_pauses.Touch(9 * s_second, 11 * s_second));
    }

    [Fact]
    public void A_first_look_knows_nothing_of_pauses()
    {
        _pauses.Note(0, 12 * s_second, 13 * s_second);

        Assert.False(_pauses.Touch(9 * s_second, 12 * s_second));
    }

    [Fact]
    public void The_timer_of_time_limits_is_what_is_waited_for()
    {
        var clock = new MonotonicClock();
        using var wheel = new TimeoutWheel(clock);

        wheel.Tick();

        // As if nothing had come for ten seconds from here.
        Assert.True(clock.Pauses.Touch(clock.Now, clock.Now + (10 * s_second)));
    }

    [Fact]
    public void Steps_of_virtual_time_are_no_pauses()
    {
        var time = new VirtualTime();
        var clock = new MonotonicClock(time);
        using var wheel = new TimeoutWheel(clock);
        time.Advance(1);
        var started = clock.Now;
        time.Advance(5);

        wheel.Tick();

        Assert.False(clock.Pauses.Touch(started, clock.Now));
    }
}
