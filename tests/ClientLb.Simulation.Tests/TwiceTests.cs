using ClientLb.Simulation.Twice;

namespace ClientLb.Simulation.Tests;

public class TwiceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_call_that_must_not_be_repeated_is_acted_on_once_at_most(ulong seed)
    {
        var figures = TwiceRun.Of(50_000, seed);

        Assert.True(figures.Holds, figures.ToString());
    }

    /// <summary>What that is worth: the same calls, made as such that may be repeated, are acted on twice.</summary>
    [Fact]
    public void The_same_calls_as_repeatable_ones_are_acted_on_twice()
    {
        var figures = TwiceRun.Of(20_000, 1, pretends: true);

        Assert.InRange(figures.Twice, 100, 20_000);
        Assert.Equal(0, figures.Left);
    }

    [Fact]
    public void The_same_seed_gives_the_same_figures()
    {
        Assert.Equal(TwiceRun.Of(50_000, 7), TwiceRun.Of(50_000, 7));
        Assert.NotEqual(TwiceRun.Of(50_000, 7), TwiceRun.Of(50_000, 8));
    }
}
