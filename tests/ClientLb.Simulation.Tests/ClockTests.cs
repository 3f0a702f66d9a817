using ClientLb.Simulation.Clocks;

namespace ClientLb.Simulation.Tests;

public class ClockTests
{
    [Fact]
    public void Pooled_timeouts_stop_no_call_that_they_are_not_meant_for()
    {
        var figures = ClockRun.Of(400_000, threads: 4, seed: 1);

        Assert.Equal(0, figures.Foreign);

        // Else nothing was shown.
        Assert.True(figures.Holds, figures.ToString());
    }
}
