using ClientLb.Endpoints;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Endpoints;

public class EndpointLimitTests
{
    private const long Now = 10_000_000;

    private readonly Endpoint _endpoint = new(new("host", 1), MonotonicClock.System);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Limit_is_respected_by_every_rule(int rule)
    {
        _endpoint.Limits.Fixed = 2;

        Assert.True(_endpoint.Load.TryAcquire(Now, (LeaseRule)rule));
        Assert.False(_endpoint.Load.IsAtLimit);
        Assert.True(_endpoint.Load.TryAcquire(Now, (LeaseRule)rule));
        Assert.True(_endpoint.Load.IsAtLimit);

        Assert.False(_endpoint.Load.TryAcquire(Now, (LeaseRule)rule));
        Assert.Equal(2, _endpoint.Load.InFlight);
        _endpoint.Load.Release(Now);
        Assert.True(_endpoint.Load.TryAcquire(Now, (LeaseRule)rule));
    }

    [Fact]
    public void Stream_takes_no_place_and_its_end_gives_none()
    {
        _endpoint.Limits.Fixed = 1;
        for (var i = 0; i < 100; i++)
        {
            Assert.True(_endpoint.Load.TryAcquire(Now + i, LeaseRule.Normal));
            Assert.False(_endpoint.Load.TryAcquire(Now + i, LeaseRule.Normal));
            _endpoint.Load.BeginStream();
        }

        Assert.True(_endpoint.Load.TryAcquire(Now, LeaseRule.Normal));
        for (var i = 0; i < 100; i++)
        {
            _endpoint.Load.EndStream();
            _endpoint.Load.Release(Now + i);
            Assert.False(_endpoint.Load.TryAcquire(Now, LeaseRule.Normal));
        }

        Assert.Equal(1, _endpoint.Load.Awaiting);
    }

    [Fact]
    public void Distress_limit_and_fixed_limit_the_smaller_is_the_door()
    {
        Assert.Equal(EndpointLoad.NoLimit, _endpoint.Hot.Limit);
        _endpoint.Limits.Fixed = 5;
        Assert.Equal(5, _endpoint.Hot.Limit);

        var limit = new DistressLimit(3, 0, Now);
        Assert.True(_endpoint.Limits.TryBegin(limit));
        Assert.False(_endpoint.Limits.TryBegin(new DistressLimit(1, 0, Now)));
        Assert.Equal(3, _endpoint.Hot.Limit);
        _endpoint.Limits.Fixed = 2;
        Assert.Equal(2, _endpoint.Hot.Limit);

        Assert.True(_endpoint.Limits.TryEnd(limit));
        Assert.False(_endpoint.Limits.TryEnd(limit));
        Assert.Equal(2, _endpoint.Hot.Limit);
        _endpoint.Limits.Fixed = EndpointLoad.NoLimit;
        Assert.Equal(EndpointLoad.NoLimit, _endpoint.Hot.Limit);
    }

    [Fact]
    public void Door_that_threads_change_at_once_is_what_the_numbers_say()
    {
        Parallel.For(0, 4, thread =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                if (thread == 0)
                {
                    _endpoint.Limits.Fixed = i % 3 == 0 ? EndpointLoad.NoLimit : 50;
                }
                else if (_endpoint.Limits.Distress is { } limit)
                {
                    limit.Shrink(0.5, i, 0);
                    _endpoint.Limits.SetDoor();
                    _endpoint.Limits.TryEnd(limit);
                }
                else
                {
                    _endpoint.Limits.TryBegin(new DistressLimit(20, 0, 0));
                }
            }
        });

        Assert.Equal(Math.Min(_endpoint.Limits.Fixed, _endpoint.Limits.Distress?.Whole ?? EndpointLoad.NoLimit), _endpoint.Hot.Limit);
    }

    [Fact]
    public void Distress_limit_any_sequence_stays_within_its_bounds()
    {
        var steps = Gen.Choose(0, 2).ListOf().ToArbitrary();
        Prop.ForAll(steps, Gen.Choose(1, 400).ToArbitrary(), (sequence, start) =>
        {
            var limit = new DistressLimit(start, 0, 0);
            var now = 0L;
            foreach (var step in sequence)
            {
                var before = limit.Value;
                now += 30;
                if (step == 0)
                {
                    limit.Grow();
                    if (Math.Abs(limit.Value - before - (1 / before)) > 1e-9)
                    {
                        return false;
                    }
                }
                else
                {
                    // Two of these within 50 are one.
                    limit.Shrink(step == 1 ? 0.5 : 0.8, now, 50);
                    limit.Shrink(0.5, now, 50);
                    if (limit.Value < Math.Min(before, Math.Max(1, before * 0.5)) - 1e-9)
                    {
                        return false;
                    }
                }

                if (limit.Value < 1 || limit.Whole < 1 || limit.Whole > limit.Value)
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Limit_threads_never_hold_more_than_it_allows_and_leave_nothing_behind()
    {
        const int Limit = 3;
        _endpoint.Limits.Fixed = Limit;
        var (waiting, most, taken) = (0, 0, 0);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            var random = new SeededRandomSource((ulong)thread);
            for (var i = 0; i < 20_000; i++)
            {
                // Start times of their own: an equal word is an equal state then.
                var now = Now + ((((long)thread << 20) + i) << 10);
                if (!_endpoint.Load.TryAcquire(now, LeaseRule.Normal))
                {
                    Thread.Yield();
                    continue;
                }

                Interlocked.Increment(ref taken);
                var held = Interlocked.Increment(ref waiting);
                var seen = Volatile.Read(ref most);
                while (held > seen && Interlocked.CompareExchange(ref most, held, seen) != seen)
                {
                    seen = Volatile.Read(ref most);
                }

                Interlocked.Decrement(ref waiting);
                if (random.NextDouble() < 0.5)
                {
                    _endpoint.Load.BeginStream();
                    _endpoint.Load.EndStream();
                }

                _endpoint.Load.Release(now);
            }
        });

        Assert.InRange(most, 1, Limit);
        Assert.True(taken > 1000);
        Assert.Equal((0, 0), (_endpoint.Load.InFlight, _endpoint.Load.Awaiting));
    }
}
