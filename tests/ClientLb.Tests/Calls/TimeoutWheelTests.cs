using System.Runtime.CompilerServices;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Calls;

public sealed class TimeoutWheelTests : IDisposable
{
    private readonly CountingTime _time = new();
    private readonly TimeoutWheel _wheel;

    public TimeoutWheelTests() => _wheel = new TimeoutWheel(new MonotonicClock(_time));

    public void Dispose() => _wheel.Dispose();

    [Theory]
    [InlineData(10_000, 50)]
    [InlineData(200, 25)]
    [InlineData(1, 5)]
    public void Resolution_is_an_eighth_of_the_shortest_timeout_from_five_to_fifty_milliseconds(int timeout, int resolution)
    {
        _wheel.EnsureResolution(TimeSpan.FromMilliseconds(timeout));

        Assert.Equal(TimeSpan.FromMilliseconds(resolution), _wheel.Resolution);
    }

    [Fact]
    public void Resolution_does_not_become_coarser_again()
    {
        _wheel.EnsureResolution(TimeSpan.FromMilliseconds(80));

        _wheel.EnsureResolution(TimeSpan.FromSeconds(80));

        Assert.Equal(TimeSpan.FromMilliseconds(10), _wheel.Resolution);
    }

    [Fact]
    public void Dispose_keeps_the_deadlines_of_what_is_in_flight_and_then_ends()
    {
        var clock = _wheel.Rent();
        clock.Start(_wheel.Clock.Now, _wheel.Clock.Now + TimeSpan.FromSeconds(2).Ticks, StopCause.AttemptTimeout, null, default);
        _wheel.Dispose();

        _time.Inner.Advance(2.1);

        Assert.Equal(StopCause.AttemptTimeout, clock.Cause);
        clock.Finish(mayReuse: false);
        _time.Inner.Advance(0.2);
        var looks = _time.Looks;
        _time.Inner.Advance(10);
        Assert.Equal(looks, _time.Looks);
    }

    [Fact]
    public void Idle_it_slows_down_and_the_next_attempt_wakes_it()
    {
        _time.Inner.Advance(10);
        var looks = _time.Looks;
        _time.Inner.Advance(20);
        Assert.InRange(_time.Looks - looks, 19, 21);

        var clock = _wheel.Rent();
        clock.Start(_wheel.Clock.Now, long.MaxValue - 9, StopCause.AttemptTimeout, null, default);
        looks = _time.Looks;
        _time.Inner.Advance(20);

        // As long as something is in flight it stays awake.
        Assert.InRange(_time.Looks - looks, 390, 410);
        clock.Finish(mayReuse: true);
    }

    [Fact]
    public void Slow_a_deadline_is_kept_all_the_same()
    {
        _time.Inner.Advance(30.5);
        var clock = _wheel.Rent();

        clock.Start(_wheel.Clock.Now, _wheel.Clock.Now + (TimeSpan.TicksPerSecond / 10), StopCause.AttemptTimeout, null, default);
        _time.Inner.Advance(0.16);

        Assert.Equal(StopCause.AttemptTimeout, clock.Finish(mayReuse: true));
    }

    [Fact]
    public void Rent_many_at_once_each_is_its_own_and_all_are_watched()
    {
        var clocks = Enumerable.Range(0, 500).Select(_ => _wheel.Rent()).ToArray();
        Assert.Equal(500, clocks.Distinct().Count());
        Array.ForEach(clocks, clock => clock.Start(_wheel.Clock.Now, _wheel.Clock.Now + 1, StopCause.AttemptTimeout, null, default));

        _time.Inner.Advance(0.06);

        Assert.All(clocks, clock => Assert.Equal(StopCause.AttemptTimeout, clock.Finish(mayReuse: true)));
    }

    [Fact]
    public void Rent_one_that_came_back_is_used_again_by_its_own_wheel_only()
    {
        var clock = _wheel.Rent();
        clock.Finish(mayReuse: true);

        using (var other = new TimeoutWheel(_wheel.Clock))
        {
            Assert.NotSame(clock, other.Rent());
        }

        Assert.Same(clock, _wheel.Rent());
    }

    [Fact]
    public void Thread_that_has_gone_leaves_its_clock_to_the_others()
    {
        // As many threads as it takes until so many have found a clock of one that has ended: when the runtime lets go of a thread is its own affair.
        var found = 0;
        for (var threads = 0; found < 20; threads++)
        {
            Assert.True(threads < 2000, $"{_wheel.Clocks} clocks are left of {threads} threads that have ended");
            var clocks = _wheel.Clocks;
            UseOnAThreadOfItsOwn();
            found += _wheel.Clocks == clocks ? 1 : 0;
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    [Fact]
    public void Dispose_its_timer_ends_and_each_time_something_is_armed_later_it_runs_until_that_has_ended()
    {
        _wheel.Dispose();
        Assert.Equal(0, _time.Inner.TimerCount);
        _wheel.EnsureResolution(TimeSpan.FromMilliseconds(8));
        Assert.Equal(0, _time.Inner.TimerCount);

        for (var i = 0; i < 3; i++)
        {
            // As each read of a body does that is held beyond the end of its client.
            var clock = Arm(seconds: 1);
            var token = clock.Token;
            Assert.Equal(1, _time.Inner.TimerCount);
            _time.Inner.Advance(0.9);
            Assert.Equal(StopCause.None, clock.Cause);
            _time.Inner.Advance(0.2);

            Assert.Equal(StopCause.AttemptTimeout, clock.Finish(mayReuse: false));
            _time.Inner.Advance(0.1);
            Assert.Equal(0, _time.Inner.TimerCount);
        }
    }

    [Fact]
    public void Dispose_again_its_timer_ends_with_the_last_that_was_armed_after_it()
    {
        _wheel.Dispose();
        var (first, second) = (Arm(seconds: 100), Arm(seconds: 100));
        first.Finish(mayReuse: true);
        _time.Inner.Advance(10);
        _wheel.Dispose();
        Assert.Equal(1, _time.Inner.TimerCount);

        second.Finish(mayReuse: true);
        _wheel.Dispose();

        Assert.Equal(0, _time.Inner.TimerCount);
    }

    [Fact]
    public void Dispose_in_real_time_nothing_that_is_armed_at_the_moment_when_the_timer_ends_is_forgotten()
    {
        // Each round: an attempt that is armed as the timer ends, after a disposal with nothing in flight.
        using var wheel = new TimeoutWheel(new MonotonicClock(TimeProvider.System));
        wheel.EnsureResolution(TimeSpan.FromMilliseconds(1));
        for (var round = 0; round < 200; round++)
        {
            var clock = wheel.Rent();
            using var go = new Barrier(2);
            var arming = new Thread(() =>
            {
                go.SignalAndWait();
                clock.Start(0, 0, StopCause.AttemptTimeout, null, default);
            });
            arming.Start();
            go.SignalAndWait();
            wheel.Dispose();
            arming.Join();

            Assert.True(SpinWait.SpinUntil(() => clock.Cause == StopCause.AttemptTimeout, TimeSpan.FromSeconds(20)), "its deadline was forgotten");
            clock.Finish(mayReuse: false);
        }
    }

    private AttemptClock Arm(double seconds)
    {
        var clock = _wheel.Rent();
        clock.Start(_wheel.Clock.Now, _wheel.Clock.Now + TimeSpan.FromSeconds(seconds).Ticks, StopCause.AttemptTimeout, null, default);
        return clock;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void UseOnAThreadOfItsOwn()
    {
        var thread = new Thread(() =>
        {
            var clock = _wheel.Rent();
            clock.Start(_wheel.Clock.Now, long.MaxValue - 9, StopCause.AttemptTimeout, null, default);
            clock.Finish(mayReuse: true);
        });
        thread.Start();
        thread.Join();
    }

    /// <summary>Counts how often the wheel's timer fires.</summary>
    private sealed class CountingTime : TimeProvider
    {
        public VirtualTime Inner { get; } = new();

        public int Looks { get; private set; }

        public override long TimestampFrequency => Inner.TimestampFrequency;

        public override long GetTimestamp() => Inner.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => Inner.CreateTimer(
            inner =>
            {
                Looks++;
                callback(inner);
            },
            state, dueTime, period);
    }
}
