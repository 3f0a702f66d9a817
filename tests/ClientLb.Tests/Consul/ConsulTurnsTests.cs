using System.Net;
using ClientLb.Consul;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Tests.Discovery;
using Microsoft.Extensions.Configuration;

namespace ClientLb.Tests.Consul;

/// <summary>More watches than queries that may be held.</summary>
public sealed class ConsulTurnsTests : IAsyncDisposable
{
    private readonly VirtualTime _time = new();
    private readonly FakeConsul _consul = new();
    private readonly ListLogger<ConsulTurnsTests> _logger = new();
    private readonly List<UpdateReader> _readers = [];
    private readonly ConsulRuntime _runtime;
    private readonly ConsulEndpointSource _source;

    public ConsulTurnsTests()
    {
        var options = new ConsulOptions { PulseInterval = TimeSpan.FromMinutes(5), MaxHeldQueries = 1 };
        options.Addresses.Add(ConsulAddress.Default);
        _runtime = new(options, _consul, new(), _time, new SeededRandomSource(1), _logger);
        _source = new(_runtime, new ConfigurationBuilder().Build());
    }

    [Fact]
    public async Task Watches_take_turns_in_their_order_and_each_waits_its_share()
    {
        await StartAsync(3);
        var order = new List<string>();
        for (var turn = 0; turn < 9; turn++)
        {
            var held = await NextAsync();
            Assert.Equal(("1", "15000ms"), (held.Index, held.Wait));
            Assert.False(_consul.HasMore);

            // Whoever was answered before stands in the line again: else the next one might be quicker.
            await InLineAsync(2);
            order.Add(held.Uri.AbsolutePath);
            held.Answer(1, "[]");
        }

        Assert.Equal(3, order.Take(3).Distinct().Count());
        Assert.Equal(order.Take(3), order.Skip(3).Take(3));
        Assert.Equal(order.Take(3), order.Skip(6));
        Assert.Single(_logger.Entries, static e => e.Text.Contains("MaxHeldQueries", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Change_is_published_when_its_turn_comes()
    {
        await StartAsync(2);
        (await NextAsync()).Answer(1, "[]");
        var second = await NextAsync();
        var reader = _readers[second.Uri.AbsolutePath.EndsWith('0') ? 0 : 1];
        second.Answer(2, WireText.Ports(1));

        Assert.Single((await reader.NextAsync()).Endpoints);
    }

    [Fact]
    public async Task First_list_waits_for_no_turn()
    {
        await StartAsync(1);
        var held = await NextAsync();
        await StartAsync(1);

        Assert.NotNull(held.Index);
        Assert.False(held.IsCancelled);
    }

    [Fact]
    public async Task Failed_query_gives_its_turn_to_the_next()
    {
        await StartAsync(2);
        var first = await NextAsync();
        first.Refuse(HttpStatusCode.Forbidden, "ACL not found");
        var next = await NextAsync();
        next = next.Index is null ? await NextAsync() : next;

        Assert.NotNull(next.Index);
        Assert.NotEqual(first.Uri.AbsolutePath, next.Uri.AbsolutePath);
    }

    [Fact]
    public async Task Over_connections_that_carry_many_there_are_no_turns()
    {
        await StartAsync(3, HttpVersion.Version20);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("45000ms", (await NextAsync()).Wait);
        }

        Assert.DoesNotContain(_logger.Entries, static e => e.Text.Contains("MaxHeldQueries", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Look_is_made_while_the_watch_waits_for_its_turn()
    {
        var turns = new ConsulTurns(1, TimeSpan.FromSeconds(45), _logger);
        await turns.TakeAsync(default);
        var nudges = new ConsulNudges();
        var turn = new ConsulTurn(turns);
        var waiting = turn.TakeAsync(nudges, new(new(_time)), default);
        nudges.Add(ConsulNudge.Suspect | ConsulNudge.Recovered);
        Assert.False(waiting.IsCompleted);
        nudges.Add(ConsulNudge.Look);

        Assert.False(await waiting.WaitAsync(TimeSpan.FromSeconds(20)));
        turns.Give();
        Assert.True(await turn.TakeAsync(nudges, new(new(_time)), default));
    }

    [Fact]
    public async Task Whoever_leaves_the_line_takes_no_turn()
    {
        var turns = new ConsulTurns(1, TimeSpan.FromSeconds(45), _logger);
        await turns.TakeAsync(default);
        using var leave = new CancellationTokenSource();
        var left = turns.TakeAsync(leave.Token);
        var next = turns.TakeAsync(default);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        Assert.False(next.IsCompleted);
        turns.Give();

        await next.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData(100, 45, 45)]
    [InlineData(101, 45, 44.5544554)]
    [InlineData(300, 45, 15)]
    [InlineData(5000, 45, 2)]
    [InlineData(5000, 1, 1)]
    public void Wait_is_the_share_of_the_places(int watches, double wait, double expected)
    {
        var turns = new ConsulTurns(100, TimeSpan.FromSeconds(wait), _logger);
        for (var i = 0; i < watches; i++)
        {
            turns.Join();
        }

        Assert.Equal(expected, turns.Wait.TotalSeconds, 6);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var reader in _readers)
        {
            await reader.DisposeAsync();
        }

        await _source.DisposeAsync();
        _consul.Dispose();
    }

    /// <summary>Starts watches and gives each its first list, which is empty.</summary>
    private async Task StartAsync(int count, Version? version = null)
    {
        for (var i = 0; i < count; i++)
        {
            var service = "s" + _readers.Count;
            _readers.Add(new(token => _source.WatchAsync(new(service), NoRefresh.Instance, token)));
        }

        foreach (var reader in _readers.TakeLast(count))
        {
            FakeRequest first;
            do
            {
                first = await NextAsync();
            }
            while (first.Index is not null);
            first.Answer(1, "[]", version: version);
        }

        foreach (var reader in _readers.TakeLast(count))
        {
            Assert.Empty((await reader.NextAsync()).Endpoints);
        }
    }

    private async Task InLineAsync(int count)
    {
        for (var i = 0; _runtime.Turns.Waiting < count; i++)
        {
            Assert.InRange(i, 0, 4000);
            using var stop = new CancellationTokenSource();
            var pause = _time.TimerAsync(TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(500), stop.Token);
            if (await Task.WhenAny(pause, Task.Delay(5)) == pause)
            {
                _time.Advance(await pause);
            }

            await stop.CancelAsync();
        }
    }

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
