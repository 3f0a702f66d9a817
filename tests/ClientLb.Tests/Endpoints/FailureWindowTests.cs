using ClientLb.Endpoints;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Endpoints;

public sealed class FailureWindowTests
{
    private const long Second = TimeSpan.TicksPerSecond;

    private readonly FailureWindow _window = new(TimeSpan.FromSeconds(30));

    [Fact]
    public void Window_without_outcomes_is_empty() => Assert.Equal((0, 0), _window.Read(123 * Second));

    [Fact]
    public void Window_counts_every_outcome_exactly()
    {
        for (var i = 0; i < 290; i++)
        {
            _window.Add((300 * Second) + (i * Second / 10), isFailure: i % 3 == 0);
        }

        Assert.Equal((290, 97), _window.Read(329 * Second));
    }

    [Fact]
    public void Outcome_leaves_the_window_when_its_slot_is_ten_slots_old()
    {
        _window.Add(300 * Second, isFailure: true);

        Assert.Equal((1, 1), _window.Read((330 * Second) - 1));
        Assert.Equal((0, 0), _window.Read(330 * Second));
    }

    [Fact]
    public void Slot_that_is_used_again_forgets_what_it_held()
    {
        _window.Add(300 * Second, isFailure: true);
        _window.Add(330 * Second, isFailure: false);

        Assert.Equal((1, 0), _window.Read(330 * Second));
    }

    [Fact]
    public void First_seconds_of_the_clock_are_counted()
    {
        _window.Add(0, isFailure: true);

        Assert.Equal((1, 1), _window.Read(0));
        Assert.Equal((1, 1), _window.Read(29 * Second));
    }

    [Theory]
    [InlineData(290)]
    [InlineData(292)]
    [InlineData(581)]
    [InlineData(583)]
    [InlineData(5000)]
    public void Outcomes_count_after_any_number_of_days(int days)
    {
        // The epoch of a slot has 24 bits of 3 s: its top bit is set from day 291 on, and it wraps on day 582.
        var now = days * 86_400L * Second;
        _window.Add(now, isFailure: true);
        _window.Add(now, isFailure: false);

        Assert.Equal((2, 1), _window.Read(now + Second));
        Assert.Equal((0, 0), _window.Read(now + (33 * Second)));
    }

    [Fact]
    public void Clear_forgets_everything()
    {
        _window.Add(Second, isFailure: true);

        _window.Clear();

        Assert.Equal((0, 0), _window.Read(Second));
    }

    [Fact]
    public void Counts_equal_those_of_a_list_of_all_outcomes()
    {
        var steps = Gen.Zip(Gen.Choose(0, 4_000), Gen.Elements(true, false)).ListOf().ToArbitrary();
        Prop.ForAll(steps, outcomes =>
        {
            var window = new FailureWindow(TimeSpan.FromSeconds(10));
            var all = new List<(long Slot, bool IsFailure)>();
            var now = 0L;
            foreach (var (milliseconds, isFailure) in outcomes)
            {
                now += milliseconds * TimeSpan.TicksPerMillisecond;
                window.Add(now, isFailure);
                all.Add((now / Second, isFailure));
            }

            var inside = all.Where(outcome => outcome.Slot > (now / Second) - 10).ToList();
            return window.Read(now) == (inside.Count, inside.Count(outcome => outcome.IsFailure));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void Concurrent_outcomes_are_all_counted()
    {
        Parallel.For(0, 4, worker =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                _window.Add(300 * Second + (i * 10), isFailure: worker == 0);
            }
        });

        Assert.Equal((80_000, 20_000), _window.Read(301 * Second));
    }
}
