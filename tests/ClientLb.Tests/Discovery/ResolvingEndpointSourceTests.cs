using System.Net;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Discovery;

/// <summary>Names among endpoints, in virtual time.</summary>
public sealed class ResolvingEndpointSourceTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ClientLb.Tests.Infrastructure.VirtualTime _time = new();
    private readonly LogBook _log = new();
    private readonly FakeResolver _resolver = new();
    private readonly PushedSource _source = new() { Name = "configuration" };
    private readonly ResolvingEndpointSource _resolving;
    private readonly RefreshSignal _refresh = new();

    public ResolvingEndpointSourceTests() =>
        _resolving = new(_source, new DnsOptions(), _resolver, new MonotonicClock(_time), new SeededRandomSource(3), _log);

    [Fact]
    public async Task Name_is_an_endpoint_per_address_and_what_is_said_of_it_stays()
    {
        _resolver.Set("orders.svc", "10.0.0.2", "10.0.0.1");
        await using var reader = Watch();
        var metadata = EndpointMetadata.From([KeyValuePair.Create("scheme", "https")]);
        _source.Push(
            new EndpointDescriptor("orders.svc", 80) { Weight = 3, Priority = 2, Locality = new("eu", "a"), Status = RegistryStatus.Warning, Metadata = metadata },
            new EndpointDescriptor("orders.svc", 81) { Id = "second" },
            new EndpointDescriptor("::1", 82) { Id = "third" });

        var endpoints = (await reader.NextAsync()).Endpoints;

        Assert.Equal(["10.0.0.1:80", "10.0.0.2:80", "second/10.0.0.1", "second/10.0.0.2", "third"], endpoints.Select(static e => e.Id));
        Assert.Equal(["10.0.0.1:80", "10.0.0.2:80", "10.0.0.1:81", "10.0.0.2:81", "[::1]:82"], endpoints.Select(static e => EndpointDescriptor.Authority(e.Host, e.Port)));
        Assert.Equal((3, 2, new Locality("eu", "a"), RegistryStatus.Warning), (endpoints[0].Weight, endpoints[0].Priority, endpoints[0].Locality, endpoints[0].Status));
        Assert.Equal(("https", "orders.svc"), (endpoints[0].Metadata["scheme"], endpoints[0].Metadata["dns.name"]));
        Assert.Empty(endpoints[4].Metadata);
        Assert.Equal("orders.svc", await _resolver.NextAsync());
        Assert.False(_resolver.WasAsked);
    }

    [Fact]
    public async Task Address_behind_two_names_is_one_endpoint()
    {
        _resolver.Set("a", "10.0.0.1");
        _resolver.Set("b", "10.0.0.1", "10.0.0.2");
        await using var reader = Watch();
        _source.Push(new EndpointDescriptor("a", 80), new EndpointDescriptor("b", 80), new EndpointDescriptor("10.0.0.2", 80) { Weight = 9 });

        var endpoints = (await reader.NextAsync()).Endpoints;

        Assert.Equal([("10.0.0.1", "a"), ("10.0.0.2", "b")], endpoints.Select(static e => (e.Host, e.Metadata["dns.name"])));
    }

    [Fact]
    public async Task No_names_the_source_passes_through_and_completes()
    {
        var inner = new StaticEndpointSource("orders", [new("10.0.0.1", 80) { Weight = 7 }]);
        var updates = new List<EndpointUpdate>();

        await foreach (var update in new ResolvingEndpointSource(inner, new DnsOptions(), _resolver, new MonotonicClock(_time), new SeededRandomSource(3), _log)
            .WatchAsync(new("orders"), NoRefresh.Instance, default))
        {
            updates.Add(update);
        }

        Assert.Equal(new EndpointDescriptor("10.0.0.1", 80) { Weight = 7 }, Assert.Single(Assert.Single(updates).Endpoints));
        Assert.False(_resolver.WasAsked);
        Assert.Equal(0, _time.TimerCount);
    }

    [Fact]
    public async Task Completed_list_with_a_name_is_looked_up_again_and_follows_its_addresses()
    {
        _resolver.Set("a", "10.0.0.1");
        await using var reader = Watch();
        var pause = NextPause();
        _source.Push(new EndpointDescriptor("a", 80));
        _source.Complete();
        Assert.Equal("10.0.0.1", (await reader.NextAsync()).Endpoints[0].Host);
        _resolver.Set("a", "10.0.0.2", "10.0.0.3");

        _time.Advance(await pause);

        var moved = await NextListAsync(reader);
        Assert.Equal(["10.0.0.2", "10.0.0.3"], moved.Endpoints.Select(static e => e.Host));
        Assert.Equal(UpdateFreshness.Fresh, moved.Freshness);
        Assert.Equal(2, _log.Count(2023));
    }

    [Fact]
    public async Task Same_addresses_again_only_confirm()
    {
        _resolver.Set("a", "10.0.0.1", "10.0.0.2");
        await using var reader = Watch();
        var pause = NextPause();
        _source.Push(new EndpointDescriptor("a", 80));
        _source.Complete();
        var first = await reader.NextAsync();
        _resolver.Set("a", "10.0.0.2", "10.0.0.1");

        _time.Advance(await pause);

        EndpointUpdate confirmed;
        do
        {
            confirmed = await reader.NextAsync();
            Assert.Equal((UpdateFreshness.Unchanged, 2), (confirmed.Freshness, confirmed.Endpoints.Count));
        }
        while (confirmed.ConfirmedAt - first.ConfirmedAt < TimeSpan.FromSeconds(27).Ticks);

        Assert.Equal(1, _log.Count(2023));
    }

    [Fact]
    public async Task Failing_name_keeps_its_addresses_and_the_error_names_it_until_it_works_again()
    {
        _resolver.Set("a", "10.0.0.1");
        await using var reader = Watch();
        var pause = NextPause();
        _source.Push(new EndpointDescriptor("a", 80));
        await reader.NextAsync();
        _resolver.Fail("a");
        var first = await pause;
        pause = NextPause();
        _time.Advance(first);

        var error = await NextErrorAsync(reader);
        Assert.Contains("'a' could not be looked up: ", error.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(("10.0.0.1", UpdateFreshness.Unchanged, null), (error.Endpoints[0].Host, error.Freshness, error.Note));

        _resolver.Set("a", "10.0.0.1");
        _time.Advance(await pause);
        EndpointUpdate over;
        do
        {
            over = await reader.NextAsync();
        }
        while (over.Error is not null);

        Assert.Equal(UpdateFreshness.Unchanged, over.Freshness);
        Assert.Equal((1, 1), (_log.Count(2024), _log.Count(2025)));
    }

    [Fact]
    public async Task First_time_what_resolves_is_listed_and_what_does_not_is_noted()
    {
        _resolver.Set("a", "10.0.0.1");
        _resolver.Fail("b");
        await using var reader = Watch();
        _source.Push(new EndpointDescriptor("a", 80), new EndpointDescriptor("b", 80));

        var list = await reader.NextAsync();
        Assert.Equal(("10.0.0.1", false, "No address is known for b.", null), (Assert.Single(list.Endpoints).Host, list.IsIncomplete, list.Note, list.Error));
        var error = await reader.NextAsync();
        Assert.Contains("'b'", error.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task First_time_nothing_resolves_there_is_an_error_and_no_list()
    {
        _resolver.Fail("a");
        await using var reader = Watch();
        var pause = NextPause();
        _source.Push(new EndpointDescriptor("a", 80));

        var error = await reader.NextAsync();
        Assert.Equal((false, 0), (error.HasList, error.Endpoints.Count));
        Assert.Contains("'a'", error.Error!.Message, StringComparison.Ordinal);

        _resolver.Set("a", "10.0.0.1");
        _time.Advance(await pause);
        Assert.Equal("10.0.0.1", (await NextListAsync(reader)).Endpoints[0].Host);
    }

    [Fact]
    public async Task Slow_name_holds_the_others_up_for_two_seconds_at_most()
    {
        _resolver.Set("a", "10.0.0.1");
        var slow = _resolver.Hold("b");
        await using var reader = Watch();
        var patience = _time.NextWaitAsync(static due => due == TimeSpan.FromSeconds(2));
        var asked = NextPause();
        _source.Push(new EndpointDescriptor("a", 80), new EndpointDescriptor("b", 80));
        await patience.WaitAsync(Patience);
        await asked;
        Assert.False(reader.HasMore);
        _time.Advance(2);
        Assert.Equal("10.0.0.1", Assert.Single((await reader.NextAsync()).Endpoints).Host);

        slow.SetResult([IPAddress.Parse("10.0.0.2")]);

        Assert.Equal(2, (await NextListAsync(reader)).Endpoints.Count);
    }

    [Fact]
    public async Task Reload_keeps_the_addresses_of_names_that_stay()
    {
        _resolver.Set("a", "10.0.0.1");
        _resolver.Set("c", "10.0.0.3");
        await using var reader = Watch();
        _source.Push(new EndpointDescriptor("a", 80));
        await reader.NextAsync();
        _resolver.Fail("a");

        _source.Push(new EndpointDescriptor("a", 80) { Weight = 5 }, new EndpointDescriptor("c", 80));

        Assert.Equal([("10.0.0.1", 5), ("10.0.0.3", 1)], (await NextListAsync(reader)).Endpoints.Select(static e => (e.Host, e.Weight)));
        _source.Push(new EndpointDescriptor("c", 80));
        Assert.Equal("10.0.0.3", Assert.Single((await NextListAsync(reader)).Endpoints).Host);
        _source.Push(new EndpointDescriptor("10.0.0.9", 80));
        Assert.Equal("10.0.0.9", Assert.Single((await NextListAsync(reader)).Endpoints).Host);
    }

    [Fact]
    public async Task Source_breaks_its_error_comes_and_the_next_watch_still_knows_the_addresses()
    {
        _resolver.Set("a", "10.0.0.1");
        var reader = Watch();
        _source.Push(new EndpointDescriptor("a", 80));
        await reader.NextAsync();
        _source.Break(new InvalidOperationException("broken"));
        Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidOperationException>(reader.NextAsync)).Message);
        await reader.DisposeAsync();
        Assert.Equal(0, _time.TimerCount);

        _resolver.Fail("a");
        await using var again = Watch();
        _source.Push(new EndpointDescriptor("a", 80));

        Assert.Equal("10.0.0.1", (await NextListAsync(again)).Endpoints[0].Host);
    }

    [Fact]
    public async Task Error_and_note_of_the_source_pass()
    {
        _resolver.Set("a", "10.0.0.1");
        await using var reader = Watch();
        _source.Push(new EndpointUpdate([new EndpointDescriptor("a", 80)], 1) { Note = "look", IsIncomplete = true });
        var first = await reader.NextAsync();
        Assert.Equal(("look", true), (first.Note, first.IsIncomplete));

        _source.Push(new EndpointUpdate([], 1, UpdateFreshness.Unchanged) { Error = new InvalidOperationException("down") });

        var error = await NextErrorAsync(reader);
        Assert.Equal(("down", "10.0.0.1"), (error.Error!.Message, error.Endpoints[0].Host));
    }

    [Fact]
    public async Task Refresh_reaches_the_source_and_the_names()
    {
        _resolver.Set("a", "10.0.0.1");
        await using var reader = Watch();
        var inner = await _source.NextWatchAsync().WaitAsync(Patience);
        var pause = NextPause();
        _source.Push(new EndpointDescriptor("a", 80));
        await reader.NextAsync();
        await _resolver.NextAsync();
        await pause;
        _time.Advance(1.5);

        _refresh.Signal();

        await inner.WaitAsync(CancellationToken.None).WaitAsync(Patience);
        Assert.Equal("a", await _resolver.NextAsync());
    }

    [Fact]
    public async Task Names_are_looked_up_side_by_side_but_only_a_few_at_once()
    {
        var names = Enumerable.Range(0, 12).Select(static i => $"n{i}").ToArray();
        var answers = Array.ConvertAll(names, _resolver.Hold);
        await using var reader = Watch();
        _source.Push(Array.ConvertAll(names, static name => new EndpointDescriptor(name, 80)));
        for (var i = 0; i < 12; i++)
        {
            var name = await _resolver.NextAsync();
            if (i >= 3)
            {
                answers[i - 3].TrySetResult([IPAddress.Parse($"10.0.0.{i}")]);
                Array.ForEach(answers, answer => answer.TrySetResult([IPAddress.Parse("10.0.1." + name[1..])]));
            }
        }

        Assert.Equal(4, _resolver.Most);
        Assert.NotEmpty((await NextListAsync(reader)).Endpoints);
    }

    public void Dispose() => _log.Dispose();

    private static async Task<EndpointUpdate> NextListAsync(UpdateReader reader)
    {
        while (true)
        {
            if (await reader.NextAsync() is { HasList: true, Freshness: not UpdateFreshness.Unchanged } update)
            {
                return update;
            }
        }
    }

    private static async Task<EndpointUpdate> NextErrorAsync(UpdateReader reader)
    {
        while (true)
        {
            if (await reader.NextAsync() is { Error: not null } update)
            {
                return update;
            }
        }
    }

    // The pause of a name, and neither the limit of a look-up nor the patience with a first one.
    private Task<TimeSpan> NextPause() =>
        _time.NextWaitAsync(static due => due != TimeSpan.FromSeconds(5) && due != TimeSpan.FromSeconds(2)).WaitAsync(Patience);

    private UpdateReader Watch() => new(token => _resolving.WatchAsync(new("orders"), _refresh, token));
}
