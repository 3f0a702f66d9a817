using ClientLb.Simulation.Outages;
using ClientLb.Simulation.Storms;

namespace ClientLb.Simulation.Tests;

/// <summary>The retry storm of <c>storm</c>, with a part of its rows.</summary>
public class StormTests
{
    [Theory]
    [InlineData("Brown", 50)]
    [InlineData("Hang", 50)]
    [InlineData("Errors", 50)]
    [InlineData("Brown", 3)]
    [InlineData("Hang", 10)]
    [InlineData("Errors", 3)]
    public void The_loss_of_half_of_the_servers_costs_what_they_could_do_and_little_more(string form, int clients)
    {
        var storm = new Storm(Enum.Parse<StormForm>(form), clients, HasMiddleware: false);

        AssertHolds(storm, storm.Play(Named("standard"), "recall", 1));
    }

    [Fact]
    public void A_host_of_clients_recovers_at_once_where_servers_have_the_middleware()
    {
        var storm = new Storm(StormForm.Hang, 1000, HasMiddleware: true);

        AssertHolds(storm, storm.Play(Named("standard"), "recall", 1));
    }

    /// <summary>What the limits are worth: what others do breaks them, and does not recover.</summary>
    [Theory]
    [InlineData("plain")]
    [InlineData("call-funded")]
    public void Retries_that_nothing_holds_back_make_it_permanent(string strategy)
    {
        var storm = new Storm(StormForm.Hang, 10, HasMiddleware: false);

        var figures = storm.Play(Named(strategy), "recall", 1, patience: 6);

        Assert.True(figures.Recovery > 5, $"It has recovered after {figures.Recovery} s.");
        Assert.True(figures.AttemptsPerCall > 1, $"{figures.AttemptsPerCall} attempts a call.");
        Assert.Contains(StormLimits.Of(storm, figures), static limit => !limit.Holds);
    }

    private static Strategy Named(string name) => Strategy.All.First(strategy => strategy.Name == name);

    private static void AssertHolds(Storm storm, Figures figures) =>
        Assert.All(StormLimits.Of(storm, figures), static limit => Assert.True(limit.Holds, limit.ToString()));
}
