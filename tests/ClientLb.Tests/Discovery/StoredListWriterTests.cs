using System.Threading.Channels;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Discovery;

/// <summary>How often is written, in virtual time.</summary>
public sealed class StoredListWriterTests
{
    private static readonly TimeSpan RealLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Gap = StoredListWriter.Gap;

    private readonly VirtualTime _time = new();
    private readonly MonotonicClock _clock;
    private readonly StoredListWriter _writer;
    private readonly Channel<StoredList> _writes = Channel.CreateUnbounded<StoredList>();
    private readonly TaskCompletionSource _blocked = new();
    private bool _fails;
    private bool _hangs;

    public StoredListWriterTests()
    {
        _clock = new(_time);
        _writer = new(Write, _clock);
    }

    [Fact]
    public async Task First_list_is_written_at_once_with_the_time_of_its_confirmation()
    {
        _time.Advance(TimeSpan.FromHours(1));

        _writer.Offer(TestCluster.Ports(1), _clock.Now - TimeSpan.FromMinutes(2).Ticks);

        Assert.Equal(_time.GetUtcNow().AddMinutes(-2), (await NextAsync()).ConfirmedAt);
    }

    [Fact]
    public async Task Lists_that_come_four_times_a_second_are_written_every_five_seconds_and_the_last_one_in_the_end()
    {
        Offer(0);
        await NextAsync();
        var port = 0;
        for (var round = 1; round <= 10; round++)
        {
            for (var i = 0; i < 20; i++)
            {
                Offer(++port);
                await _time.TimerAsync(TimeSpan.FromTicks(1), Gap);
                _time.Advance(TimeSpan.FromMilliseconds(250));
            }

            Assert.Equal(port + 1, Assert.Single((await NextAsync()).Endpoints).Port);
            Assert.Equal(0, _writes.Reader.Count);
        }

        Offer(++port);
        await _writer.FlushAsync().WaitAsync(RealLimit);
        Assert.Equal(port + 1, Assert.Single((await NextAsync()).Endpoints).Port);
    }

    [Fact]
    public async Task Same_list_again_is_written_once_a_minute_and_says_the_latest_time()
    {
        Offer(1);
        await NextAsync();
        for (var second = 5; second <= 65; second += 5)
        {
            _time.Advance(Gap);

            // Equal, not the same: what counts is what it says.
            Offer(1);
            if (second < 60)
            {
                await _time.TimerAsync(TimeSpan.FromTicks(1), Gap);
                Assert.Equal(0, _writes.Reader.Count);
            }
            else if (second == 60)
            {
                Assert.InRange((await NextAsync()).ConfirmedAt, _time.GetUtcNow().AddSeconds(-5), _time.GetUtcNow());
            }
        }

        await _writer.FlushAsync().WaitAsync(RealLimit);
        Assert.Equal(0, _writes.Reader.Count);
    }

    [Fact]
    public async Task News_that_come_while_a_confirmation_waits_are_written_within_five_seconds()
    {
        Offer(1);
        await NextAsync();
        _time.Advance(2 * Gap);
        Offer(1);
        await _time.TimerAsync(Gap, Gap);

        Offer(2);
        _time.Advance(Gap);

        Assert.Equal(3, Assert.Single((await NextAsync()).Endpoints).Port);
    }

    [Fact]
    public async Task Write_that_fails_is_tried_again_after_a_minute_without_another_word_of_the_source()
    {
        _fails = true;
        Offer(1);
        await NextAsync();
        for (var second = 5; second <= 60; second += 5)
        {
            Assert.Equal(0, _writes.Reader.Count);
            await _time.TimerAsync(TimeSpan.FromTicks(1), Gap);
            _time.Advance(Gap);
        }

        await NextAsync();
        _fails = false;
        await _time.TimerAsync(TimeSpan.FromTicks(1), Gap);
        await _writer.FlushAsync().WaitAsync(RealLimit);
        await NextAsync();
    }

    [Fact]
    public async Task End_does_not_try_again_what_fails()
    {
        _fails = true;
        Offer(1);
        await NextAsync();
        await _time.TimerAsync(TimeSpan.FromTicks(1), Gap);

        await _writer.FlushAsync().WaitAsync(RealLimit);

        await NextAsync();
        Assert.Equal(0, _writes.Reader.Count);
        await _writer.FlushAsync().WaitAsync(RealLimit);
        Assert.Equal(0, _writes.Reader.Count);
    }

    [Fact]
    public async Task Disk_that_hangs_holds_nobody_who_offers()
    {
        _hangs = true;
        Offer(1);
        await NextAsync();

        for (var port = 2; port < 100; port++)
        {
            Offer(port);
        }

        _hangs = false;
        var end = _writer.FlushAsync();
        Assert.False(end.IsCompleted);
        _blocked.SetResult();
        await end.WaitAsync(RealLimit);
        Assert.Equal(100, Assert.Single((await NextAsync()).Endpoints).Port);
        Assert.Equal(0, _writes.Reader.Count);
    }

    [Fact]
    public async Task Nothing_offered_nothing_written()
    {
        await _writer.FlushAsync().WaitAsync(RealLimit);

        Offer(1);
        await NextAsync();
        Offer(2);

        // An end that had nothing to do must not make a later list skip the gap.
        await _time.TimerAsync(TimeSpan.FromTicks(1), Gap);
        Assert.Equal(0, _writes.Reader.Count);
    }

    private void Offer(int port) => _writer.Offer(TestCluster.Ports(port + 1), _clock.Now);

    private bool Write(StoredList list)
    {
        var (hangs, fails) = (_hangs, _fails);
        _writes.Writer.TryWrite(list);
        if (hangs)
        {
            _blocked.Task.Wait();
        }

        return !fails;
    }

    private async Task<StoredList> NextAsync() => await _writes.Reader.ReadAsync().AsTask().WaitAsync(RealLimit);
}
