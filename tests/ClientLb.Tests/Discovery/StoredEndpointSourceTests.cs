using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Discovery;

/// <summary>When the stored list serves and when it does not, with real files and in virtual time.</summary>
public sealed class StoredEndpointSourceTests : IDisposable
{
    private static readonly EndpointQuery Query = new("orders");
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly TemporaryDirectory _directory = new();
    private readonly VirtualTime _time = new();
    private readonly MonotonicClock _clock;
    private readonly LogBook _log = new();
    private readonly PushedSource _inner = new();
    private readonly WarmStart _warmStart;

    public StoredEndpointSourceTests()
    {
        _clock = new(_time);
        _warmStart = new(new() { Directory = _directory.Path, Patience = Patience }, _clock, _log);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Source_that_gives_a_list_in_time_is_all_that_is_heard()
    {
        await StoreAsync(1, 2);
        _inner.Push(Update(3));
        await using var reader = Read();

        var update = await reader.NextAsync();
        _time.Advance(2 * Patience);

        Assert.Equal(UpdateFreshness.Fresh, update.Freshness);
        Assert.Equal(3, Assert.Single(update.Endpoints).Port);
        Assert.False(reader.HasMore);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Source_that_is_silent_for_its_patience_has_the_stored_list_in_its_place_with_its_age()
    {
        await StoreAsync(1, 2);
        _time.Advance(TimeSpan.FromHours(3));
        await using var reader = Read();
        await _time.TimerAsync(Patience, Patience);
        Assert.False(reader.HasMore);

        _time.Advance(Patience);

        var stored = await reader.NextAsync();
        Assert.Equal([1, 2], stored.Endpoints.Select(e => e.Port));
        Assert.Equal(UpdateFreshness.Stale, stored.Freshness);
        Assert.Null(stored.Error);
        Assert.Equal(_clock.Now - TimeSpan.FromHours(3).Ticks - Patience.Ticks, stored.ConfirmedAt);
        Assert.Contains("from disk, 03:00:00 old", stored.Note, StringComparison.Ordinal);
        Assert.Contains("2 endpoints, 03:00:00 old", _log.TextOf(2010), StringComparison.Ordinal);

        _inner.Push(Update(3));
        var fresh = await reader.NextAsync();
        Assert.Equal((UpdateFreshness.Fresh, null), (fresh.Freshness, fresh.Note));
        Assert.Equal(1, _log.Count(2011));
    }

    [Fact]
    public async Task List_that_was_confirmed_before_the_machine_started_is_as_old_as_it_is()
    {
        await StoreAsync(1);
        var reboot = new VirtualTime();
        reboot.Advance(TimeSpan.FromHours(2));
        var file = File(reboot).Read()!;
        File(reboot).Write(file with { ConfirmedAt = reboot.GetUtcNow().AddHours(-20) });
        var clock = new MonotonicClock(reboot);
        var source = new WarmStart(new() { Directory = _directory.Path, Patience = TimeSpan.Zero }, clock, _log).Wrap(Query, _inner, "pushed");
        await using var reader = new UpdateReader(token => source.WatchAsync(Query, NoRefresh.Instance, token));

        var stored = await reader.NextAsync();

        Assert.Equal(TimeSpan.FromHours(20).Ticks, clock.Now - stored.ConfirmedAt);
        Assert.True(stored.ConfirmedAt < 0);
    }

    [Fact]
    public async Task List_from_the_future_has_no_age()
    {
        await StoreAsync(1);
        File(_time).Write(File(_time).Read()! with { ConfirmedAt = _time.GetUtcNow().AddHours(1) });
        _inner.Push(Failure("down"));
        await using var reader = Read();

        Assert.Equal(_clock.Now, (await reader.NextAsync()).ConfirmedAt);
    }

    [Fact]
    public async Task Source_that_reports_an_error_first_has_the_stored_list_before_it_and_in_it()
    {
        await StoreAsync(1, 2);
        _inner.Push(Failure("no agent answers"));
        await using var reader = Read();

        var stored = await reader.NextAsync();
        var error = await reader.NextAsync();

        Assert.Equal(UpdateFreshness.Stale, stored.Freshness);
        Assert.Equal("no agent answers", error.Error!.Message);
        Assert.Equal((UpdateFreshness.Unchanged, stored.ConfirmedAt, stored.Note), (error.Freshness, error.ConfirmedAt, error.Note));
        Assert.Same(stored.Endpoints, error.Endpoints);
        Assert.Contains("no agent answers", _log.TextOf(2010), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Source_that_throws_is_heard_after_the_stored_list_and_the_next_watch_does_not_give_it_again()
    {
        await StoreAsync(1, 2);
        var source = Wrap();
        _inner.Break(new InvalidOperationException("broken"));
        await using (var reader = Read(source))
        {
            Assert.Equal(UpdateFreshness.Stale, (await reader.NextAsync()).Freshness);
            Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidOperationException>(reader.NextAsync)).Message);
        }

        _inner.Push(Failure("still broken"));
        _inner.Push(Update(3));
        await using var again = Read(source);
        var error = await again.NextAsync();

        Assert.Equal("still broken", error.Error!.Message);
        Assert.Equal(2, error.Endpoints.Count);
        Assert.Equal(3, Assert.Single((await again.NextAsync()).Endpoints).Port);
        Assert.Equal(1, _log.Count(2010));
    }

    [Fact]
    public async Task Source_that_throws_before_its_first_await_is_no_different()
    {
        await StoreAsync(1);
        var source = _warmStart.Wrap(Query, new ThrowingSource(), "pushed");
        await using var reader = Read(source);

        Assert.Equal(UpdateFreshness.Stale, (await reader.NextAsync()).Freshness);
        await Assert.ThrowsAsync<NotSupportedException>(reader.NextAsync);
    }

    [Fact]
    public async Task Source_that_breaks_after_its_first_list_gets_no_stored_one()
    {
        await StoreAsync(1, 2);
        var source = Wrap();
        _inner.Push(Update(3));
        _inner.Break(new InvalidOperationException("broken"));
        await using (var reader = Read(source))
        {
            await reader.NextAsync();
            await Assert.ThrowsAsync<InvalidOperationException>(reader.NextAsync);
        }

        _inner.Push(Failure("still broken"));
        await using var again = Read(source);

        Assert.Empty((await again.NextAsync()).Endpoints);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Nothing_stored_the_source_is_heard_as_it_is()
    {
        _inner.Push(Failure("down"));
        _inner.Push(Update(3));
        await using var reader = Read();

        Assert.Equal("down", (await reader.NextAsync()).Error!.Message);
        Assert.Equal(3, Assert.Single((await reader.NextAsync()).Endpoints).Port);
        Assert.Equal(2014, Assert.Single(_log.Lines).Id);
    }

    [Fact]
    public async Task File_that_is_damaged_is_a_warning_and_the_source_is_heard_as_it_is()
    {
        await StoreAsync(1);
        System.IO.File.AppendAllText(File(_time).Path, "x");
        _inner.Push(new EndpointUpdate([], 0, UpdateFreshness.Unchanged) { Error = new InvalidOperationException("down") });
        _inner.Push(Update(3));
        await using var reader = Read();

        Assert.NotNull((await reader.NextAsync()).Error);
        Assert.Null((await reader.NextAsync()).Error);
        Assert.Equal(2012, Assert.Single(_log.Lines).Id);
    }

    [Fact]
    public async Task Only_lists_that_the_source_stands_for_and_that_name_somebody_are_stored()
    {
        await using (var reader = Read())
        {
            foreach (var update in new[]
            {
                Update(1, 2), Update(3) with { Freshness = UpdateFreshness.Stale }, Update(4) with { Error = new InvalidOperationException("down") },
                Update(),
            })
            {
                _inner.Push(update);
                await reader.NextAsync();
            }
        }

        Assert.Equal([1, 2], Stored());
    }

    [Fact]
    public async Task Stale_list_that_the_source_confirms_is_stored()
    {
        await using (var reader = Read())
        {
            _inner.Push(Update(1) with { Freshness = UpdateFreshness.Stale });
            _inner.Push(Update(1) with { Freshness = UpdateFreshness.Unchanged });
            await reader.NextAsync();
            await reader.NextAsync();
        }

        Assert.Equal([1], Stored());
    }

    [Fact]
    public async Task What_only_confirms_a_list_is_news_to_a_cluster_with_the_stored_one()
    {
        await StoreAsync(1);
        _inner.Push(Failure("down"));
        _inner.Push(Update(2) with { Freshness = UpdateFreshness.Unchanged });
        await using var reader = Read();
        await reader.NextAsync();
        await reader.NextAsync();

        Assert.Equal(UpdateFreshness.Fresh, (await reader.NextAsync()).Freshness);
    }

    [Fact]
    public async Task Last_list_is_on_disk_when_the_watch_has_ended_however_it_ends()
    {
        await using (var reader = Read())
        {
            _inner.Push(Update(1));
            _inner.Push(Update(2));
            await reader.NextAsync();
            await reader.NextAsync();
        }

        Assert.Equal([2], Stored());
        _inner.Push(Update(3));
        _inner.Push(Update(4));
        _inner.Complete();
        await using var final = Read();
        await final.NextAsync();
        await final.NextAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(final.NextAsync);
        Assert.Equal([4], Stored());
    }

    [Fact]
    public async Task Clusters_and_sources_have_lists_of_their_own()
    {
        (EndpointQuery Query, string Source, int Port)[] all =
            [(new("orders"), "consul", 1), (new("ORDERS"), "consul", 2), (new("orders"), "dns", 3), (new("../orders"), "consul", 4), (new(""), "", 5)];
        foreach (var (query, name, port) in all)
        {
            var inner = new PushedSource();
            inner.Push(Update(port));
            await using var reader = Read(_warmStart.Wrap(query, inner, name));
            await reader.NextAsync();
        }

        Assert.Equal(5, Directory.GetFiles(_directory.Path).Length);
        foreach (var (query, name, port) in all)
        {
            var inner = new PushedSource();
            inner.Push(Failure("down"));
            await using var reader = Read(_warmStart.Wrap(query, inner, name));
            Assert.Equal(port, Assert.Single((await reader.NextAsync()).Endpoints).Port);
        }
    }

    [Fact]
    public void Sources_that_have_their_list_at_hand_are_left_alone_and_all_are_without_a_directory()
    {
        var known = new StaticEndpointSource("orders", []);

        Assert.Same(known, _warmStart.Wrap(Query, known, "static"));
        Assert.Same(_inner, new WarmStart(new(), _clock, _log).Wrap(Query, _inner, "pushed"));
        Assert.NotSame(_inner, Wrap());
    }

    private static EndpointUpdate Failure(string message) => new([], 0, UpdateFreshness.Unchanged) { Error = new InvalidOperationException(message) };

    private EndpointUpdate Update(params int[] ports) => new(TestCluster.Ports(ports), _clock.Now);

    private IEndpointSource Wrap() => _warmStart.Wrap(Query, _inner, "pushed");

    private UpdateReader Read(IEndpointSource? source = null)
    {
        source ??= Wrap();
        return new(token => source.WatchAsync(Query, NoRefresh.Instance, token));
    }

    private StoredListFile File(TimeProvider time) => new(_directory.Path, new(Query.Cluster, Query.Service, "pushed"), new(), time, _log);

    private int[] Stored() => [.. File(_time).Read()!.Endpoints.Select(e => e.Port)];

    private async Task StoreAsync(params int[] ports)
    {
        var inner = new PushedSource();
        inner.Push(Update(ports));
        await using var reader = Read(_warmStart.Wrap(Query, inner, "pushed"));
        await reader.NextAsync();
    }

    private sealed class ThrowingSource : IEndpointSource
    {
        public IAsyncEnumerable<EndpointUpdate> WatchAsync(EndpointQuery query, IRefreshSignal refresh, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
