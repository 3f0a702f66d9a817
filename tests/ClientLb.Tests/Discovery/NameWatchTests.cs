using ClientLb.Discovery;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Discovery;

/// <summary>One name, looked up again and again in virtual time.</summary>
public class NameWatchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(7);

    private readonly ClientLb.Tests.Infrastructure.VirtualTime _time = new();
    private readonly FakeResolver _resolver = new();
    private readonly System.Threading.Channels.Channel<object> _said = System.Threading.Channels.Channel.CreateUnbounded<object>();

    [Theory]
    [InlineData(DnsFamily.Auto, "::1 10.0.0.2 10.0.0.1 10.0.0.2", "10.0.0.1 10.0.0.2")]
    [InlineData(DnsFamily.Auto, "::2 ::1", "::1 ::2")]
    [InlineData(DnsFamily.IPv4, "::1 10.0.0.1", "10.0.0.1")]
    [InlineData(DnsFamily.IPv6, "::1 10.0.0.1", "::1")]
    [InlineData(DnsFamily.All, "::1 10.0.0.1", "10.0.0.1 ::1")]
    public async Task Addresses_of_the_family_come_sorted_and_each_once(DnsFamily family, string given, string expected)
    {
        _resolver.Set("orders", given.Split(' '));

        Assert.Equal(expected.Split(' '), await FirstAsync(new DnsOptions { Family = family }));
    }

    [Theory]
    [InlineData(DnsFamily.IPv6, "10.0.0.1", "The name 'orders' could not be looked up: it has no IPv6 address.")]
    [InlineData(DnsFamily.IPv4, "::1", "The name 'orders' could not be looked up: it has no IPv4 address.")]
    [InlineData(DnsFamily.Auto, "", "The name 'orders' could not be looked up: it has no address.")]
    public async Task No_address_of_the_family_is_a_failure(DnsFamily family, string given, string message)
    {
        _resolver.Set("orders", given.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(message, ((DiscoveryException)await FirstAsync(new DnsOptions { Family = family })).Message);
    }

    [Fact]
    public async Task Look_ups_come_a_tenth_more_or_less_apart()
    {
        _resolver.Set("orders", "10.0.0.1");
        var pauses = new List<double>();
        var next = NextPause();
        await using var running = Start(new DnsOptions());
        for (var i = 0; i < 6; i++)
        {
            await _resolver.NextAsync();
            var pause = (await next).TotalSeconds;
            pauses.Add(pause);
            next = NextPause();
            _time.Advance(pause - 0.1);
            Assert.False(_resolver.WasAsked);
            _time.Advance(0.2);
        }

        Assert.All(pauses, static pause => Assert.InRange(pause, 27, 33));
        Assert.True(pauses.Max() - pauses.Min() > 0.5);
    }

    [Fact]
    public async Task Failures_are_tried_again_after_one_second_doubling_to_the_refresh()
    {
        _resolver.Fail("orders");
        var next = NextPause();
        await using var running = Start(new DnsOptions { Refresh = TimeSpan.FromSeconds(6) });
        foreach (var expected in (double[])[1, 2, 4, 6, 6])
        {
            await _resolver.NextAsync();
            Assert.InRange((await next).TotalSeconds, expected * 0.9, expected * 1.1);
            next = NextPause();
            _time.Advance(expected * 1.1);
        }

        // It works again: the next failure begins anew.
        await _resolver.NextAsync();
        await next;
        foreach (var fails in (bool[])[false, true])
        {
            next = NextPause();
            if (fails)
            {
                _resolver.Fail("orders");
            }
            else
            {
                _resolver.Set("orders", "10.0.0.1");
            }

            _time.Advance(6.6);
            await _resolver.NextAsync();
            Assert.InRange((await next).TotalSeconds, fails ? 0.9 : 5.4, fails ? 1.1 : 6.6);
        }
    }

    [Fact]
    public async Task Look_up_that_takes_too_long_is_a_failure_and_its_late_answer_nobodys()
    {
        var answer = _resolver.Hold("orders");
        var limit = _time.NextWaitAsync(static due => due == s_limit);
        await using var running = Start(new DnsOptions());
        await limit.WaitAsync(Patience);

        _time.Advance(s_limit);

        Assert.Equal("The name 'orders' could not be looked up: no answer within 7s.", Assert.IsType<DiscoveryException>(await SaidAsync()).Message);
        answer.SetException(new InvalidOperationException("late"));
        Assert.False(_said.Reader.TryPeek(out _));
    }

    [Fact]
    public async Task Refresh_looks_at_once_but_not_twice_within_a_second()
    {
        _resolver.Set("orders", "10.0.0.1");
        var next = NextPause();
        await using var running = Start(new DnsOptions());
        await _resolver.NextAsync();
        await next;
        var rest = NextPause();
        running.Watch.Refresh();
        Assert.Equal(1, (await rest).TotalSeconds);
        _time.Advance(0.9);
        Assert.False(_resolver.WasAsked);
        next = NextPause();
        _time.Advance(0.2);
        await _resolver.NextAsync();
        await next;

        _time.Advance(5);
        Assert.False(_resolver.WasAsked);
        running.Watch.Refresh();
        await _resolver.NextAsync();
    }

    private async Task<object> FirstAsync(DnsOptions options)
    {
        await using var running = Start(options);
        return await SaidAsync();
    }

    private Task<object> SaidAsync() => _said.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    // Look-ups have a limit of time, which is no pause.
    private Task<TimeSpan> NextPause() => _time.NextWaitAsync(static due => due != s_limit).WaitAsync(Patience);

    private Running Start(DnsOptions options)
    {
        options.Timeout = s_limit;
        var watch = new NameWatch("orders", options, _resolver, new SemaphoreSlim(1), new MonotonicClock(_time), new SeededRandomSource(5));
        var stop = new CancellationTokenSource();
        return new(watch, stop, Task.Run(() => watch.RunAsync(found => _said.Writer.TryWrite(found), error => _said.Writer.TryWrite(error), stop.Token)));
    }

    private sealed record Running(NameWatch Watch, CancellationTokenSource Stop, Task Task) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Stop.CancelAsync();
            await Task.WaitAsync(Patience);
        }
    }
}
