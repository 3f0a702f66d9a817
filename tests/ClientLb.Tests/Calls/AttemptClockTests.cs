using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Calls;

public sealed class AttemptClockTests : IDisposable
{
    private readonly VirtualTime _time = new();
    private readonly TimeoutWheel _wheel;

    public AttemptClockTests() => _wheel = new TimeoutWheel(new MonotonicClock(_time));

    private long Now => _wheel.Clock.Now;

    public void Dispose() => _wheel.Dispose();

    [Fact]
    public async Task Deadline_is_kept_to_within_one_tick_of_the_wheel()
    {
        var clock = Start(seconds: 1);

        _time.Advance(0.99);
        Assert.False(clock.Token.IsCancellationRequested);
        _time.Advance(0.06);

        await CancelledAsync(clock.Token);
        Assert.Equal(StopCause.AttemptTimeout, clock.Finish(mayReuse: false));
    }

    [Fact]
    public void Finish_in_time_nothing_stops_it_afterwards()
    {
        var clock = Start(seconds: 1);
        var token = clock.Token;

        Assert.Equal(StopCause.None, clock.Finish(mayReuse: true));
        _time.Advance(5);

        Assert.False(token.IsCancellationRequested);
    }

    [Fact]
    public void Reuse_only_after_a_success()
    {
        var clock = Start(seconds: 1);
        var token = clock.Token;
        clock.Finish(mayReuse: true);
        Assert.Equal(token, clock.Token);

        Start(clock, seconds: 1);
        clock.Finish(mayReuse: false);

        Assert.NotEqual(token, clock.Token);
    }

    [Fact]
    public void Reuse_registrations_of_the_attempt_before_are_gone()
    {
        var clock = Start(seconds: 1);
        var called = false;
        clock.Token.UnsafeRegister(_ => called = true, null);
        clock.Finish(mayReuse: true);

        using var caller = new CancellationTokenSource();
        clock.Start(Now, Now + 100, StopCause.AttemptTimeout, null, caller.Token);
        caller.Cancel();

        Assert.True(clock.Token.IsCancellationRequested);
        Assert.False(called);
    }

    [Fact]
    public void Stopped_clock_is_not_used_again()
    {
        using var caller = new CancellationTokenSource();
        var clock = _wheel.Rent();
        clock.Start(Now, Now + 100, StopCause.AttemptTimeout, null, caller.Token);
        caller.Cancel();

        Assert.Equal(StopCause.Caller, clock.Finish(mayReuse: true));
        Assert.NotSame(clock, _wheel.Rent());
    }

    [Fact]
    public void Caller_cancels_after_the_end_the_next_attempt_does_not_hear_of_it()
    {
        using var caller = new CancellationTokenSource();
        var clock = _wheel.Rent();
        clock.Start(Now, Now + 100, StopCause.AttemptTimeout, null, caller.Token);
        clock.Finish(mayReuse: true);
        Start(clock, seconds: 1);

        caller.Cancel();

        Assert.False(clock.Token.IsCancellationRequested);
        Assert.Equal(StopCause.None, clock.Finish(mayReuse: true));
    }

    [Fact]
    public async Task Stalled_endpoint_stops_attempts_that_began_before_and_no_others()
    {
        var endpoint = new Endpoint(TestCluster.At(1), _wheel.Clock);
        var old = _wheel.Rent();
        old.Start(Now, Now + (100 * TimeSpan.TicksPerSecond), StopCause.AttemptTimeout, endpoint, default);
        _time.Advance(1);
        var young = _wheel.Rent();
        young.Start(Now, Now + (100 * TimeSpan.TicksPerSecond), StopCause.AttemptTimeout, endpoint, default);
        endpoint.Health.AbandonBefore = Now;

        _time.Advance(0.1);

        await CancelledAsync(old.Token);
        Assert.Equal(StopCause.Stalled, old.Finish(mayReuse: false));
        Assert.Equal(StopCause.None, young.Finish(mayReuse: true));
    }

    [Fact]
    public void Stall_after_the_caller_has_cancelled_does_not_change_the_cause()
    {
        var endpoint = new Endpoint(TestCluster.At(1), _wheel.Clock);
        using var caller = new CancellationTokenSource();
        var clock = _wheel.Rent();
        clock.Start(Now, Now + (100 * TimeSpan.TicksPerSecond), StopCause.AttemptTimeout, endpoint, caller.Token);
        caller.Cancel();
        endpoint.Health.AbandonBefore = Now + 1;

        clock.Check(Now);

        Assert.Equal(StopCause.Caller, clock.Finish(mayReuse: false));
    }

    [Fact]
    public void Stop_that_comes_late_does_not_reach_the_next_attempt_though_it_has_the_same_deadline()
    {
        var clock = _wheel.Rent();
        for (var i = 0; i < 600; i++)
        {
            // As all attempts of a call have that is nearly over.
            clock.Start(Now, Now + TimeSpan.TicksPerSecond, StopCause.CallTimeout, null, default);
            var before = clock.Armed;
            clock.Finish(mayReuse: true);
            clock.Start(Now, Now + TimeSpan.TicksPerSecond, StopCause.CallTimeout, null, default);

            Assert.False(clock.TryStop(StopCause.CallTimeout, before));

            Assert.False(clock.Token.IsCancellationRequested);
            Assert.Equal(StopCause.None, clock.Finish(mayReuse: true));
        }
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue - 1)]
    [InlineData(CallPlan.Endless)]
    public void Endless_deadline_is_armed_each_time_and_never_over(long deadline)
    {
        var clock = _wheel.Rent();
        for (var i = 0; i < 600; i++)
        {
            clock.Start(Now, deadline, StopCause.AttemptTimeout, null, default);
            Assert.True(clock.IsArmed);

            clock.Check(Now + TimeSpan.FromDays(36500).Ticks);

            Assert.Equal(StopCause.None, clock.Cause);
            Assert.Equal(StopCause.None, clock.Finish(mayReuse: true));
            Assert.False(clock.IsArmed);
        }

        using var caller = new CancellationTokenSource();
        clock.Start(Now, deadline, StopCause.AttemptTimeout, null, caller.Token);
        caller.Cancel();
        Assert.Equal(StopCause.Caller, clock.Finish(mayReuse: true));
    }

    [Fact]
    public async Task Race_of_finish_and_stop_the_cause_and_the_token_always_agree()
    {
        // Each round: an attempt that ends in the very moment of its deadline, or of its caller's cancellation.
        for (var round = 0; round < 1000; round++)
        {
            using var caller = new CancellationTokenSource();
            var clock = _wheel.Rent();
            clock.Start(0, 1, StopCause.AttemptTimeout, null, caller.Token);
            var token = clock.Token;
            using var go = new Barrier(2);
            var stopping = Task.Run(() =>
            {
                go.SignalAndWait();
                if (round % 2 == 0)
                {
                    clock.Check(1);
                }
                else
                {
                    caller.Cancel();
                }
            });
            go.SignalAndWait();
            var cause = clock.Finish(mayReuse: true);
            await stopping;

            if (cause == StopCause.None)
            {
                var next = _wheel.Rent();
                next.Start(0, long.MaxValue - 9, StopCause.AttemptTimeout, null, default);
                Assert.False(next.Token.IsCancellationRequested, "an attempt was stopped by the one before it");
                next.Finish(mayReuse: true);
            }
            else
            {
                Assert.Equal(round % 2 == 0 ? StopCause.AttemptTimeout : StopCause.Caller, cause);
                await CancelledAsync(token);
            }
        }
    }

    private AttemptClock Start(double seconds) => Start(_wheel.Rent(), seconds);

    private AttemptClock Start(AttemptClock clock, double seconds)
    {
        clock.Start(Now, Now + TimeSpan.FromSeconds(seconds).Ticks, StopCause.AttemptTimeout, null, default);
        return clock;
    }

    /// <summary>The wheel cancels on another thread, so that what follows does not delay other deadlines.</summary>
    private static async Task CancelledAsync(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource();
        await using (token.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), cancelled))
        {
            await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20), CancellationToken.None);
        }
    }
}
