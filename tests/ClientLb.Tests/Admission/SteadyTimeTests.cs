using ClientLb.Admission;

namespace ClientLb.Tests.Admission;

public class SteadyTimeTests
{
    [Fact]
    public void Date_goes_on_with_the_timestamps_though_the_machines_clock_is_set_back()
    {
        var machine = new SetClock();
        var steady = new SteadyTime(machine);
        var start = steady.GetUtcNow();

        machine.Ticks += 3 * machine.TimestampFrequency;
        machine.Date -= TimeSpan.FromMinutes(10);

        Assert.Equal(TimeSpan.FromSeconds(3), steady.GetUtcNow() - start);
    }

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Date { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public long Ticks { get; set; } = 1;

        public override DateTimeOffset GetUtcNow() => Date;

        public override long GetTimestamp() => Ticks;
    }
}
