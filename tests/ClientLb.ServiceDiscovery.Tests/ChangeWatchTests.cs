namespace ClientLb.ServiceDiscovery.Tests;

public class ChangeWatchTests
{
    [Fact]
    public void Token_that_fires_is_seen()
    {
        using var watch = new ChangeWatch();
        var token = new CountedToken();
        watch.Add(token);
        Assert.False(watch.Changed.IsCompleted);

        token.Fire();

        Assert.True(watch.Changed.IsCompleted);
    }

    [Fact]
    public void Token_that_fired_before_it_was_added_and_calls_nobody_back_is_seen()
    {
        using var watch = new ChangeWatch();
        var token = new CountedToken();
        token.Fire();

        watch.Add(token);

        Assert.True(watch.Changed.IsCompleted);
    }

    [Fact]
    public void Token_without_callbacks_is_not_registered_with()
    {
        using var watch = new ChangeWatch();
        var token = new CountedToken { ActiveChangeCallbacks = false };

        watch.Add(token);

        Assert.Equal(0, token.Registrations);
        Assert.False(watch.Changed.IsCompleted);
    }

    [Fact]
    public void Disposal_leaves_no_registration_not_even_one_that_comes_later()
    {
        var watch = new ChangeWatch();
        var tokens = new[] { new CountedToken(), new CountedToken(), new CountedToken() };
        watch.Add(tokens[0]);
        watch.Add(tokens[1]);
        Assert.Equal(1, tokens[1].Registrations);

        watch.Dispose();
        watch.Add(tokens[2]);

        Assert.All(tokens, static token => Assert.Equal(0, token.Registrations));
    }
}
