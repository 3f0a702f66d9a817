using System.Net;
using System.Threading.Channels;
using ClientLb.Consul;
using ClientLb.Endpoints;
using ClientLb.Tests.Discovery;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClientLb.Tests.Consul;

public sealed class ConsulPulseTests : IAsyncDisposable
{
    private readonly VirtualTime _time = new();
    private readonly FakeConsul _consul = new();
    private readonly Channel<ConsulNudge> _nudges = Channel.CreateUnbounded<ConsulNudge>();
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    [Fact]
    public async Task Steady_leader_is_no_news()
    {
        Start("one");
        await BeatAsync("10.0.0.1:8300");
        await BeatAsync("10.0.0.1:8300");

        Assert.False(_nudges.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Other_leader_makes_held_queries_suspect()
    {
        Start("one");
        await BeatAsync("10.0.0.1:8300");
        await BeatAsync("10.0.0.2:8300");

        Assert.True(_nudges.Reader.TryRead(out var nudge));
        Assert.Equal(ConsulNudge.Suspect | ConsulNudge.Recovered, nudge);
    }

    [Theory]
    [InlineData(1, (int)ConsulNudge.Recovered)]
    [InlineData(2, (int)(ConsulNudge.Recovered | ConsulNudge.Suspect))]
    public async Task End_of_a_silence_is_told(int failures, int expected)
    {
        Start("one");
        await BeatAsync("10.0.0.1:8300");
        for (var failure = 0; failure < failures; failure++)
        {
            await BeatAsync("");
        }

        Assert.False(_nudges.Reader.TryRead(out _));
        await BeatAsync("10.0.0.1:8300");

        Assert.True(_nudges.Reader.TryRead(out var nudge));
        Assert.Equal((ConsulNudge)expected, nudge);
    }

    [Fact]
    public async Task Agent_that_says_nothing_twice_is_left_for_the_next_one()
    {
        var runtime = Start("one", "two");
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var request = await _consul.NextAsync();
            Assert.Equal("one", request.Uri.Host);
            _time.Advance(TimeSpan.FromSeconds(2));
            await request.Cancelled;
            _time.Advance(await _time.TimerAsync(TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(3.3)));
        }

        Assert.Equal("two", runtime.Agents.Current.Host);
        Assert.Equal(ConsulNudge.Suspect, await _nudges.Reader.ReadAsync());
        Assert.Equal("two", (await _consul.NextAsync()).Uri.Host);
    }

    [Fact]
    public async Task Error_of_the_agent_is_a_failed_beat_that_is_repeated_soon()
    {
        Start("one");
        (await _consul.NextAsync()).Refuse(HttpStatusCode.InternalServerError, "No known Consul servers");
        await _time.TimerAsync(TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(1.1));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
        _consul.Dispose();
    }

    private ConsulRuntime Start(params string[] agents)
    {
        var options = new ConsulOptions();
        Array.ForEach(agents, options.Addresses.Add);
        var runtime = new ConsulRuntime(options, _consul, new(), _time, new SeededRandomSource(3), NullLogger.Instance);
        _loop = new ConsulPulse(runtime, nudge => _nudges.Writer.TryWrite(nudge)).RunAsync(_stop.Token);
        return runtime;
    }

    private async Task BeatAsync(string leader)
    {
        var request = await _consul.NextAsync();
        Assert.True(request.IsPulse);
        request.Answer(null, $"\"{leader}\"");


        // Between the beats, and not the time limit of the one that has just been answered.
        var (atLeast, atMost) = leader.Length == 0 ? (0.9, 1.1) : (2.7, 3.3);
        _time.Advance(await _time.TimerAsync(TimeSpan.FromSeconds(atLeast), TimeSpan.FromSeconds(atMost)));
    }
}
