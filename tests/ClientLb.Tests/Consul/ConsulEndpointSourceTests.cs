using ClientLb.Consul;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Tests.Discovery;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ClientLb.Tests.Consul;

public sealed class ConsulEndpointSourceTests : IAsyncDisposable
{
    private readonly VirtualTime _time = new();
    private readonly FakeConsul _consul = new();
    private readonly ConsulEndpointSource _source;

    public ConsulEndpointSourceTests()
    {
        var options = new ConsulOptions { PulseInterval = TimeSpan.FromMinutes(5) };
        options.Addresses.Add(ConsulAddress.Default);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ClientLb:Clusters:alias:Consul:Service"] = "WEB",
            ["ClientLb:Clusters:bad:Consul:Tgs"] = "x",
        });
        _source = new(new ConsulRuntime(options, _consul, new(), _time, new SeededRandomSource(1), NullLogger.Instance), configuration.Build());
    }

    [Fact]
    public async Task Clusters_that_ask_the_same_share_one_watch_and_a_later_one_gets_the_list_at_once()
    {
        await using var first = Read("web");
        (await NextAsync()).Answer(17, WireText.Ports(1));
        await first.NextAsync();
        var held = await NextAsync();
        held.Answer(18, WireText.Ports(1));
        Assert.Equal(UpdateFreshness.Unchanged, (await first.NextAsync()).Freshness);
        held = await NextAsync();
        await using var second = Read("alias");
        var given = await second.NextAsync();
        held.Answer(19, WireText.Ports(2));

        Assert.Equal(UpdateFreshness.Fresh, given.Freshness);
        Assert.Same((await first.NextAsync()).Endpoints, (await second.NextAsync()).Endpoints);
    }

    [Fact]
    public async Task Source_ends_though_watches_wait_for_a_place()
    {
        // Not one of the first twenty is answered.
        var readers = Enumerable.Range(0, 2 * ConsulShortQueries.AtOnce).Select(i => Read($"many-{i}")).ToList();
        for (var i = 0; i < ConsulShortQueries.AtOnce; i++)
        {
            await NextAsync();
        }

        await _source.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        foreach (var reader in readers)
        {
            await reader.DisposeAsync();
        }
    }

    [Fact]
    public async Task Reader_that_comes_back_finds_the_held_query()
    {
        await using (var first = Read("web"))
        {
            (await NextAsync()).Answer(17, WireText.Ports(1));
            await first.NextAsync();
        }

        var held = await NextAsync();
        Assert.False(held.IsCancelled);
        await using var second = Read("web");

        Assert.Single((await second.NextAsync()).Endpoints);
        Assert.False(_consul.HasMore);
    }

    [Fact]
    public async Task Loop_does_not_carry_the_context_of_the_call_that_started_it()
    {
        FakeConsul.Ambient.Value = "a request of the host";
        await using var reader = Read("web");
        var request = await NextAsync();

        Assert.Null(request.Ambient);
    }

    [Fact]
    public async Task Disposal_ends_watches_and_requests()
    {
        await using var reader = Read("web");
        var request = await NextAsync();
        await _source.DisposeAsync();
        await request.Cancelled;

        await Assert.ThrowsAsync<ObjectDisposedException>(reader.NextAsync);
        await using var late = Read("web");
        await Assert.ThrowsAsync<ObjectDisposedException>(late.NextAsync);
    }

    [Fact]
    public async Task Mistake_in_the_overrides_of_a_cluster_is_an_error()
    {
        await using var reader = Read("bad");

        Assert.Contains("did you mean Tags?", (await Assert.ThrowsAsync<OptionsValidationException>(reader.NextAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slow_reader_gets_the_last_list_and_hears_that_it_is_new()
    {
        await using var fast = Read("web");
        (await NextAsync()).Answer(1, WireText.Ports(1));
        await fast.NextAsync();
        await using var slow = _source.WatchAsync(new("web"), NoRefresh.Instance, CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await slow.MoveNextAsync());
        (await NextAsync()).Answer(2, WireText.Ports(2));
        await fast.NextAsync();
        (await NextAsync()).Answer(3, WireText.Ports(2));
        Assert.Equal(UpdateFreshness.Unchanged, (await fast.NextAsync()).Freshness);

        Assert.True(await slow.MoveNextAsync());
        Assert.Equal((2, UpdateFreshness.Fresh), (slow.Current.Endpoints[0].Port, slow.Current.Freshness));
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        _consul.Dispose();
    }

    private UpdateReader Read(string cluster) => new(token => _source.WatchAsync(new(cluster), NoRefresh.Instance, token));

    /// <summary>The next request about instances; the pulse is answered on the way.</summary>
    private async Task<FakeRequest> NextAsync()
    {
        while (true)
        {
            var request = await _consul.NextAsync(_time);
            if (!request.IsPulse)
            {
                return request;
            }

            request.Answer(null, "\"10.0.0.1:8300\"");
        }
    }
}
