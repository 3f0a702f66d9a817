using ClientLb.Endpoints;

namespace ClientLb.Tests.Endpoints;

public sealed class EndpointLoadConcurrencyTests
{
    private const long Second = TimeSpan.TicksPerSecond;
    private const long Now = 1_000_000 * Second;
    private const int Threads = 4;

    [Fact]
    public void Leases_of_many_threads_end_at_nothing_in_flight_and_a_true_age()
    {
        var load = Fresh.Load(Now);
        var oldest = 0L;
        Parallel.For(0, Threads, worker =>
        {
            var random = new SeededRandomSource((ulong)worker);
            var starts = new long[4];
            for (var round = 0; round < 20_000; round++)
            {
                for (var i = 0; i < starts.Length; i++)
                {
                    starts[i] = Now + random.Next((int)Second);
                    Assert.True(load.TryAcquire(starts[i], LeaseRule.Normal));
                }

                var age = load.MeanAge(Now + Second);
                if (age > Volatile.Read(ref oldest))
                {
                    Volatile.Write(ref oldest, age);
                }

                foreach (var start in starts)
                {
                    load.Release(start);
                }
            }
        });

        Assert.Equal(0, load.InFlight);

        // No mean of ages between 0 and 1 s is above 1 s, whatever was seen half way.
        Assert.InRange(oldest, 1, Second + 2_048);

        // Nothing of all these starts is left in the sum.
        load.TryAcquire(Now, LeaseRule.Normal);
        Assert.InRange(load.MeanAge(Now + Second), Second - 1_024, Second + 1_024);
    }

    [Fact]
    public void Endpoint_is_never_retired_with_a_lease_out_nor_leased_after_it_is_retired()
    {
        for (var round = 0; round < 300; round++)
        {
            var load = Fresh.Load(Now);
            var isRetired = false;
            var violations = 0;
            void Work()
            {
                for (var i = 0; i < 300; i++)
                {
                    var wasRetired = Volatile.Read(ref isRetired);
                    if (!load.TryAcquire(Now, LeaseRule.OverlookAll))
                    {
                        Assert.True(load.IsRetired);
                        return;
                    }

                    if (wasRetired || load.IsRetired)
                    {
                        Interlocked.Increment(ref violations);
                    }

                    load.Release(Now);
                }
            }

            void Retire()
            {
                while (!load.TryRetire())
                {
                    Thread.Yield();
                }

                Volatile.Write(ref isRetired, true);
                if (load.InFlight != 0)
                {
                    Interlocked.Increment(ref violations);
                }
            }

            Parallel.Invoke(Work, Retire, Work, Work);

            Assert.Equal(0, violations);
            Assert.True(load.IsRetired);
            Assert.Equal(0, load.InFlight);
        }
    }

    [Fact]
    public void Doors_that_open_and_close_lose_no_lease()
    {
        var load = Fresh.Load(Now);
        var isOver = false;
        Parallel.Invoke(
            () =>
            {
                for (var i = 0; i < 50_000; i++)
                {
                    if (load.TryAcquire(Now + i, LeaseRule.Normal))
                    {
                        load.Release(Now + i);
                    }
                }

                Volatile.Write(ref isOver, true);
            },
            () =>
            {
                for (var i = 0; !Volatile.Read(ref isOver); i++)
                {
                    load.SetExcluded(hard: i % 3 == 0, soft: i % 2 == 0);
                }

                load.SetExcluded(hard: false, soft: false);
            });

        Assert.Equal(0, load.InFlight);
        Assert.True(load.TryAcquire(Now, LeaseRule.Normal));
        Assert.InRange(load.MeanAge(Now + Second), Second - 1_024, Second + 1_024);
    }

    [Fact]
    public void Writers_of_latency_never_leave_half_a_value()
    {
        var load = Fresh.Load(Now);
        Parallel.For(0, Threads, worker =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                load.ObserveLatency(Now + (i * 1_024L), 1_000_000);
                Assert.Equal(1_000_000, load.PeakLatency);
            }
        });
    }
}
