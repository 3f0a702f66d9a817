using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Discovery;

/// <summary>Merged sources that run, in virtual time.</summary>
public sealed class MergedEndpointSourceTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ClientLb.Tests.Infrastructure.VirtualTime _time = new();
    private readonly LogBook _log = new();
    private readonly PushedSource _consul = new() { Name = "consul" };
    private readonly PushedSource _file = new() { Name = "file" };

    [Fact]
    public async Task Parts_are_watched_at_once_and_their_lists_are_one()
    {
        await using var reader = Watch();
        _file.Push(TestCluster.At(2));
        _consul.Push(TestCluster.At(1));

        Assert.Equal([(1, 0), (2, 10_000)], (await NextOfAsync(reader, 2)).Endpoints.Select(e => (e.Port, e.Priority)));
    }

    [Fact]
    public async Task Preferred_part_says_nothing_the_other_is_used_after_two_seconds()
    {
        var patience = _time.NextWaitAsync(static due => due == TimeSpan.FromSeconds(2));
        await using var reader = Watch();
        _file.Push(TestCluster.At(2));
        await patience.WaitAsync(Patience);
        await _file.NextWatchAsync().WaitAsync(Patience);
        _time.Advance(1.9);
        Assert.False(reader.HasMore);

        _time.Advance(0.2);

        Assert.Equal(2, Assert.Single((await reader.NextAsync()).Endpoints).Port);
    }

    [Fact]
    public async Task Part_that_throws_is_started_again_and_its_list_stays()
    {
        await using var reader = Watch();
        _consul.Push(TestCluster.At(1));
        _file.Push(TestCluster.At(2));
        await NextOfAsync(reader, 2);
        await _consul.NextWatchAsync().WaitAsync(Patience);
        var pause = _time.NextWaitAsync(static due => due < TimeSpan.FromSeconds(1));

        _consul.Break(new InvalidOperationException("broken"));

        var error = await reader.NextAsync();
        Assert.Equal(("broken", 2), (error.Error?.Message, error.Endpoints.Count));
        Assert.InRange((await pause.WaitAsync(Patience)).TotalSeconds, 0.2, 0.4);
        _time.Advance(0.4);
        await _consul.NextWatchAsync().WaitAsync(Patience);
        _consul.Push(TestCluster.Ports(1, 3));
        var back = await reader.NextAsync();
        Assert.Equal((null, 3), (back.Error, back.Endpoints.Count));
        Assert.Contains("source consul failed: broken", _log.TextOf(2020), StringComparison.Ordinal);
        Assert.Equal((1, 1), (_log.Count(2020), _log.Count(2021)));
    }

    [Fact]
    public async Task Refresh_reaches_every_part_each_time()
    {
        var refresh = new RefreshSignal();
        await using var reader = new UpdateReader(token => Create().WatchAsync(new("orders"), refresh, token));
        var parts = new[] { await _consul.NextWatchAsync().WaitAsync(Patience), await _file.NextWatchAsync().WaitAsync(Patience) };

        for (var i = 0; i < 2; i++)
        {
            refresh.Signal();
            await Task.WhenAll(parts.Select(static part => part.WaitAsync(CancellationToken.None))).WaitAsync(Patience);
        }
    }

    [Fact]
    public async Task Collapse_of_a_part_is_incomplete_for_five_seconds()
    {
        await using var reader = Watch();
        _consul.Push(TestCluster.Ports(1, 2, 3, 4));
        _file.Push(TestCluster.Ports(11, 12, 13, 14, 15, 16));
        await NextOfAsync(reader, 10);
        var settling = _time.NextWaitAsync(static due => due == TimeSpan.FromSeconds(5));

        _consul.Push(TestCluster.At(1));

        Assert.True((await reader.NextAsync()).IsIncomplete);
        await settling.WaitAsync(Patience);
        _time.Advance(5);
        var settled = await reader.NextAsync();
        Assert.Equal((false, UpdateFreshness.Fresh, 7), (settled.IsIncomplete, settled.Freshness, settled.Endpoints.Count));
    }

    [Fact]
    public async Task Parts_complete_the_whole_completes_with_what_they_said()
    {
        await using var reader = Watch();
        _consul.Push(TestCluster.At(1));
        _consul.Complete();
        _file.Push(TestCluster.At(2));
        await NextOfAsync(reader, 2);
        _file.Complete();

        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            // A last confirmation may come before the end.
            while (true)
            {
                Assert.Equal(UpdateFreshness.Unchanged, (await reader.NextAsync()).Freshness);
            }
        });
    }

    [Fact]
    public async Task Cancelled_watch_stops_its_parts_and_leaves_no_timer()
    {
        var reader = Watch();
        _consul.Push(TestCluster.At(1));
        await reader.NextAsync();

        await reader.DisposeAsync();

        Assert.Equal(0, _time.TimerCount);

        // Nobody reads any more: what a stopped part would have taken is still there.
        _file.Push(TestCluster.At(2));
        await using var again = Watch();
        _consul.Push(TestCluster.At(1));
        Assert.Equal(2, (await NextOfAsync(again, 2)).Endpoints[1].Port);
    }

    [Fact]
    public void Merged_among_merged_stands_for_its_parts_and_none_is_refused()
    {
        var merged = new MergedEndpointSource([new MergedEndpointSource([_consul, _file]), new PushedSource()]);

        Assert.Equal(["consul", "file", "pushed"], merged.Parts.Select(static part => part.Name));
        Assert.Throws<ArgumentException>(static () => new MergedEndpointSource([]));
    }

    public void Dispose() => _log.Dispose();

    private static async Task<EndpointUpdate> NextOfAsync(UpdateReader reader, int endpoints)
    {
        while (true)
        {
            var update = await reader.NextAsync();
            if (update.Endpoints.Count == endpoints)
            {
                return update;
            }
        }
    }

    private MergedEndpointSource Create() => new([_consul, _file], new MonotonicClock(_time), new SeededRandomSource(3), _log);

    private UpdateReader Watch() => new(token => Create().WatchAsync(new("orders"), NoRefresh.Instance, token));
}
