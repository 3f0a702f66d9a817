using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.ServiceDiscovery.Bridge;
using ClientLb.Tests.Discovery;

namespace ClientLb.ServiceDiscovery.Tests.Bridge;

public class ProviderWatchTests
{
    private static readonly TimeSpan s_minInterval = TimeSpan.FromMilliseconds(100);

    private readonly VirtualTime _time = new();
    private readonly ScriptedProvider _provider = new();

    [Fact]
    public async Task Change_during_a_refresh_is_not_lost()
    {
        _provider.Holds = true;
        await using var reader = Watch();
        await _provider.HeldAsync();

        // The refresh has read the old list already.
        _provider.Addresses = ["10.0.0.2:80"];
        _provider.Token.Fire();
        _provider.Holds = false;
        _provider.Release();

        Assert.Equal(["10.0.0.1:80"], Ids(await reader.NextAsync()));
        _time.Advance(await _time.TimerAsync(TimeSpan.FromTicks(1), s_minInterval));
        Assert.Equal(["10.0.0.2:80"], Ids(await reader.NextAsync()));
    }

    [Fact]
    public async Task Change_between_refreshes_is_taken_over_at_once()
    {
        await using var reader = Watch();
        await reader.NextAsync();
        await PeriodAsync();
        _time.Advance(TimeSpan.FromSeconds(30));

        _provider.Addresses = ["10.0.0.2:80"];
        _provider.Token.Fire();

        Assert.Equal(["10.0.0.2:80"], Ids(await reader.NextAsync()));
    }

    [Fact]
    public async Task Token_that_never_fires_does_not_stop_the_polling()
    {
        await using var reader = Watch();
        await reader.NextAsync();
        await PeriodAsync();
        _provider.Addresses = ["10.0.0.2:80"];

        _time.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(["10.0.0.2:80"], Ids(await reader.NextAsync()));
    }

    [Fact]
    public async Task Same_list_again_is_unchanged_and_confirmed()
    {
        await using var reader = Watch();
        var first = await reader.NextAsync();
        await PeriodAsync();

        _time.Advance(TimeSpan.FromSeconds(60));

        var second = await reader.NextAsync();
        Assert.Equal(UpdateFreshness.Unchanged, second.Freshness);
        Assert.Same(first.Endpoints, second.Endpoints);
        Assert.Equal(TimeSpan.FromSeconds(60).Ticks, second.ConfirmedAt - first.ConfirmedAt);
    }

    [Fact]
    public async Task Failed_refresh_keeps_the_list_and_is_tried_again_soon()
    {
        await using var reader = Watch();
        await reader.NextAsync();
        await PeriodAsync();
        _time.Advance(TimeSpan.FromSeconds(30));
        _provider.Error = new InvalidOperationException("the registry is away");

        _provider.Token.Fire();
        var failed = await reader.NextAsync();

        Assert.Same(_provider.Error, failed.Error);
        Assert.Equal(UpdateFreshness.Unchanged, failed.Freshness);
        Assert.Equal(["10.0.0.1:80"], Ids(failed));

        await _time.TimerAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        _provider.Error = null;
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Null((await reader.NextAsync()).Error);
    }

    [Fact]
    public async Task Failure_before_the_first_list_says_nothing_of_endpoints()
    {
        _provider.Error = new InvalidOperationException("the registry is away");
        await using var reader = Watch();

        var update = await reader.NextAsync();

        Assert.Same(_provider.Error, update.Error);
        Assert.False(update.HasList);
    }

    [Fact]
    public async Task Provider_that_does_not_answer_is_given_up_and_asked_again()
    {
        await using var reader = Watch();
        await reader.NextAsync();
        await PeriodAsync();
        _provider.Holds = true;
        _time.Advance(TimeSpan.FromSeconds(60));
        await _provider.HeldAsync();
        await _time.TimerAsync(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(15));

        _time.Advance(TimeSpan.FromSeconds(15));

        var update = await reader.NextAsync();
        Assert.Equal(DiscoveryErrorKind.Timeout, Assert.IsType<DiscoveryException>(update.Error).Kind);
        Assert.Equal(["10.0.0.1:80"], Ids(update));
    }

    [Fact]
    public async Task Who_wants_a_fresh_look_gets_one()
    {
        var refresh = new RefreshSignal();
        await using var reader = Watch(refresh);
        await reader.NextAsync();
        await PeriodAsync();
        _time.Advance(TimeSpan.FromSeconds(30));
        _provider.Addresses = ["10.0.0.2:80"];

        refresh.Signal();

        Assert.Equal(["10.0.0.2:80"], Ids(await reader.NextAsync()));
    }

    [Fact]
    public async Task End_of_a_watch_leaves_no_registration_and_no_provider()
    {
        var reader = Watch();
        await reader.NextAsync();
        for (var i = 0; i < 5; i++)
        {
            await PeriodAsync();
            _time.Advance(TimeSpan.FromSeconds(60));
            await reader.NextAsync();
        }

        Assert.Equal(1, _provider.Tokens.Sum(static token => token.Registrations));

        await reader.DisposeAsync();

        Assert.Equal(0, _provider.Tokens.Sum(static token => token.Registrations));
        Assert.Equal((1, 1), (_provider.Created, _provider.Disposed));
    }

    [Fact]
    public async Task No_provider_is_an_error_that_says_what_to_do()
    {
        await using var reader = new UpdateReader(token => new ProviderWatch(
            [], ServiceReference.Parse("orders"), new(), new MonotonicClock(_time)).RunAsync(NoRefresh.Instance, token));

        var error = await Assert.ThrowsAsync<DiscoveryException>(reader.NextAsync);

        Assert.Contains("AddConfigurationServiceEndpointProvider", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Ids(EndpointUpdate update) => update.Endpoints.Select(static endpoint => endpoint.Id);

    private UpdateReader Watch(IRefreshSignal? refresh = null) => new(token => new ProviderWatch(
        [_provider], ServiceReference.Parse("orders"), new(), new MonotonicClock(_time)).RunAsync(refresh ?? NoRefresh.Instance, token));

    // The watch waits for the next refresh.
    private Task<TimeSpan> PeriodAsync() => _time.TimerAsync(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(60));
}
