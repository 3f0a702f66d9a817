using ClientLb.Calls;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Calls;

public class RouteLatencyTests
{
    private static readonly HedgingPlan s_plan = new(0.95, 0, 2, 100);

    [Fact]
    public void Fixed_delay_is_known_from_the_start_and_nothing_is_measured()
    {
        var route = new RouteLatency();
        var plan = new HedgingPlan(0, 70_000, 2, 100);

        route.Add(plan, 1, 0);

        Assert.Equal(70_000, route.DelayOf(plan));
    }

    [Fact]
    public void Percentile_is_unknown_until_enough_calls_were_measured()
    {
        var route = new RouteLatency();
        for (var i = 0; i < 99; i++)
        {
            route.Add(s_plan, Milliseconds(10), i);
        }

        Assert.Equal(RouteLatency.Never, route.DelayOf(s_plan));
        route.Add(s_plan, Milliseconds(10), 100);

        Assert.InRange(route.DelayOf(s_plan), Milliseconds(10), Milliseconds(13));
    }

    [Fact]
    public void Delay_is_a_whole_number_of_milliseconds_and_never_below_the_percentile()
    {
        for (var latency = 1_000L; latency < 100_000_000; latency = latency * 13 / 10)
        {
            var route = new RouteLatency();
            for (var i = 0; i < 200; i++)
            {
                route.Add(s_plan, latency, i);
            }

            var delay = route.DelayOf(s_plan);
            Assert.Equal(0, delay % TimeSpan.TicksPerMillisecond);
            Assert.InRange(delay, latency, (latency * 5 / 4) + Milliseconds(1));
        }
    }

    [Fact]
    public void Past_fades_the_delay_follows_a_route_that_has_become_quicker_within_a_minute()
    {
        var route = new RouteLatency();
        var now = 0L;
        Feed(route, ref now, Milliseconds(500), seconds: 60);
        Assert.InRange(route.DelayOf(s_plan), Milliseconds(500), Milliseconds(630));

        Feed(route, ref now, Milliseconds(5), seconds: 60);

        Assert.InRange(route.DelayOf(s_plan), Milliseconds(5), Milliseconds(8));
    }

    [Fact]
    public void Quiet_route_keeps_as_many_calls_as_the_percentile_needs()
    {
        var route = new RouteLatency();
        for (var i = 0; i < 1000; i++)
        {
            route.Add(s_plan, Milliseconds(10), i * 30 * MonotonicClock.TicksPerSecond);
            Assert.Equal(i >= 99, route.DelayOf(s_plan) != RouteLatency.Never);
        }
    }

    private static void Feed(RouteLatency route, ref long now, long latency, int seconds)
    {
        for (var end = now + (seconds * MonotonicClock.TicksPerSecond); now < end; now += MonotonicClock.TicksPerSecond / 50)
        {
            route.Add(s_plan, latency, now);
        }
    }

    private static long Milliseconds(int count) => count * TimeSpan.TicksPerMillisecond;
}
