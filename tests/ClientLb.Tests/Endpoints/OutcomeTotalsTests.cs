using ClientLb.Endpoints;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Endpoints;

/// <summary>What a window forgets, the totals keep.</summary>
public sealed class OutcomeTotalsTests
{
    private const long Second = TimeSpan.TicksPerSecond;

    private readonly Endpoint _endpoint = Fresh.Endpoint();

    [Fact]
    public void Intervals_hold_what_came_between_two_reviews()
    {
        Add(10, failures: 3, at: 0);
        Assert.Equal(new OutcomeCounts(10, 3, 0), _endpoint.Health.CloseInterval());

        Add(4, failures: 0, at: 200);
        _endpoint.Health.AddClientError();
        Assert.Equal(new OutcomeCounts(4, 0, 1), _endpoint.Health.CloseInterval());
        Assert.Equal(default, _endpoint.Health.CloseInterval());
    }

    [Fact]
    public void Totals_outlive_the_window_its_clearing_and_its_replacement()
    {
        Add(10, failures: 3, at: 0);
        Add(5, failures: 1, at: 100);
        _endpoint.Health.Window.Clear();
        Add(2, failures: 0, at: 101);
        _endpoint.Health.SetWindow(TimeSpan.FromSeconds(7));
        Add(1, failures: 1, at: 102);

        Assert.Equal((18, 5), _endpoint.Health.Window.ReadTotals());
    }

    [Fact]
    public void Late_outcome_counts_whatever_the_window_thinks_of_its_age()
    {
        Add(1, failures: 0, at: 1000);
        Add(1, failures: 1, at: 995);
        Add(1, failures: 1, at: 1);

        Assert.Equal((2, 1), _endpoint.Health.Window.Read(1000 * Second));
        Assert.Equal((3, 2), _endpoint.Health.Window.ReadTotals());
    }

    [Fact]
    public void Slot_that_is_full_does_not_stop_the_totals()
    {
        const int Many = (1 << 20) + 100;
        for (var i = 0; i < Many; i++)
        {
            _endpoint.Health.Window.Add(Second, isFailure: false);
        }

        Assert.Equal((Many, 0), _endpoint.Health.Window.ReadTotals());
        Add(1, failures: 1, at: 10);
        Assert.Equal((Many + 1, 1), _endpoint.Health.Window.ReadTotals());
    }

    [Fact]
    public void Return_to_health_begins_a_new_interval()
    {
        Add(10, failures: 10, at: 0);

        _endpoint.Health.ForgetOutcomes(wasSlow: false);

        Assert.Equal(default, _endpoint.Health.CloseInterval());
        Assert.Equal((10, 10), _endpoint.Health.Window.ReadTotals());
    }

    [Fact]
    public void Body_that_breaks_off_in_the_next_interval_is_no_more_than_all_of_it()
    {
        Add(3, failures: 0, at: 1);
        _endpoint.Health.CloseInterval();

        _endpoint.Health.Window.Downgrade(1 * Second);

        Assert.Equal(new OutcomeCounts(1, 1, 0), _endpoint.Health.CloseInterval());
    }

    [Fact]
    public void Totals_equal_the_number_of_outcomes_in_any_order_of_times()
    {
        var steps = Gen.Zip(Gen.Choose(-40_000, 60_000), Gen.Choose(0, 20)).ListOf().ToArbitrary();
        Prop.ForAll(steps, outcomes =>
        {
            var endpoint = Fresh.Endpoint();
            var now = 1000 * Second;
            var (total, failures) = (0, 0);
            var sum = default(OutcomeCounts);
            foreach (var (milliseconds, what) in outcomes)
            {
                now += milliseconds * TimeSpan.TicksPerMillisecond;
                switch (what)
                {
                    case 0:
                        endpoint.Health.Window.Clear();
                        break;
                    case 1:
                        endpoint.Health.SetWindow(TimeSpan.FromSeconds(3 + (total % 40)));
                        break;
                    case 2:
                        sum = Plus(sum, endpoint.Health.CloseInterval());
                        break;
                    default:
                        endpoint.Health.Window.Add(now, what < 8);
                        total++;
                        failures += what < 8 ? 1 : 0;
                        break;
                }
            }

            return endpoint.Health.Window.ReadTotals() == (total, failures) && Plus(sum, endpoint.Health.CloseInterval()) == new OutcomeCounts(total, failures, 0);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void Concurrent_outcomes_are_neither_lost_nor_counted_twice()
    {
        const int Workers = 4;
        const int Each = 200_000;
        var slotsPerTick = FailureWindow.SlotsPerTick(TimeSpan.FromSeconds(30));
        var time = 1000 * Second;
        var sum = default(OutcomeCounts);
        var least = 0L;
        var working = Workers;
        Parallel.For(0, Workers + 1, new ParallelOptions { MaxDegreeOfParallelism = Workers + 1 }, worker =>
        {
            if (worker == Workers)
            {
                for (var round = 0; Volatile.Read(ref working) > 0 || round == 0; round++)
                {
                    var counts = _endpoint.Health.CloseInterval();
                    least = Math.Min(least, Math.Min(counts.Total, counts.Failures));
                    sum = Plus(sum, counts);
                    if (round % 64 == 0)
                    {
                        _endpoint.Health.Window.Clear();
                    }
                    else if (round % 512 == 1)
                    {
                        _endpoint.Health.SetWindow(TimeSpan.FromSeconds(10 + (round % 3)));
                    }
                }

                return;
            }

            for (var i = 0; i < Each; i++)
            {
                // A slot is over after a thousand of them.
                var now = Interlocked.Add(ref time, 3 * TimeSpan.TicksPerMillisecond);
                if (i % 4 == 0)
                {
                    _endpoint.Health.Window.Add(now, isFailure: true);
                }
                else if (!_endpoint.Load.TryCountSuccess(now, slotsPerTick))
                {
                    _endpoint.Health.Window.Add(now, isFailure: false);
                }
            }

            Interlocked.Decrement(ref working);
        });

        Assert.Equal(0, least);
        Assert.Equal((Workers * Each, Workers * Each / 4), _endpoint.Health.Window.ReadTotals());
        Assert.Equal(Workers * Each / 4, Plus(sum, _endpoint.Health.CloseInterval()).Failures);
    }

    private static OutcomeCounts Plus(OutcomeCounts a, OutcomeCounts b) => new(a.Total + b.Total, a.Failures + b.Failures, a.ClientErrors + b.ClientErrors);

    private void Add(int total, int failures, int at)
    {
        for (var i = 0; i < total; i++)
        {
            _endpoint.Health.Window.Add(at * Second, isFailure: i < failures);
        }
    }
}
