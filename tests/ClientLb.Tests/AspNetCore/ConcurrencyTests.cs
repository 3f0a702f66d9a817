using System.Globalization;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace ClientLb.Tests.AspNetCore;

public sealed class ConcurrencyTests
{
    /// <summary>For what comes from another thread.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Request_above_the_limit_is_refused_with_a_pause_of_whole_seconds_that_differs()
    {
        var end = new TaskCompletionSource();
        using var rig = new ServerRig(static o => o.MaxConcurrentRequests = 1, _ => end.Task);
        var first = rig.Send(new());

        var pauses = new List<int>();
        for (var i = 0; i < 100; i++)
        {
            var refused = rig.Send(new());
            await refused.Served;
            Assert.Equal(503, refused.Status);
            Assert.Equal("1", refused.Header("x-requests-in-flight"));
            pauses.Add(int.Parse(refused.Header("Retry-After"), CultureInfo.InvariantCulture));
        }

        Assert.Equal([1, 2], pauses.Distinct().Order());
        Assert.Equal(100, rig.Counted("requests.refused"));
        end.SetResult();
        await first.Served;
        var next = rig.Send(new());
        await next.Served;
        Assert.Equal(200, next.Status);
    }

    [Fact]
    public async Task Refusals_are_said_at_most_every_ten_seconds_with_their_number()
    {
        using var rig = new ServerRig(static o => o.MaxConcurrentRequests = 1, static context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        rig.Send(new());
        for (var i = 0; i < 5; i++)
        {
            await rig.Send(new()).Served;
        }

        Assert.Equal(1, rig.Log.Count(400));
        rig.Time.Advance(10);
        await rig.Send(new()).Served;
        Assert.Equal(2, rig.Log.Count(400));
        Assert.Contains("5 refused", rig.Log.Lines.Last(static line => line.Id == 400).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Grpc_is_refused_with_resource_exhausted_and_a_pushback()
    {
        using var rig = new ServerRig(static o => o.MaxConcurrentRequests = 1, static context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        rig.Send(new());

        var refused = rig.Send(Exchange.Grpc());
        await refused.Served;

        Assert.Equal((200, "8"), (refused.Status, refused.Header("grpc-status")));
        Assert.InRange(int.Parse(refused.Header("grpc-retry-pushback-ms"), CultureInfo.InvariantCulture), 1000, 2000);
        Assert.Empty(refused.Header("Retry-After"));
    }

    [Fact]
    public async Task Queued_requests_run_in_the_order_of_their_arrival()
    {
        var (rig, running, order) = OneAtATime(queueLength: 3);
        using var owner = rig;
        var exchanges = new[] { "/a", "/b", "/c", "/d" }.Select(path => rig.Send(new(path))).ToArray();

        Assert.Equal(3, rig.Counted("requests.queued"));
        Assert.Equal(4, rig.Counted("requests.in_flight"));
        Assert.Equal(503, rig.Send(new("/e")).Status);
        foreach (var exchange in exchanges)
        {
            (await NextAsync(running)).SetResult();
            await exchange.Served;
        }

        Assert.Equal(["/a", "/b", "/c", "/d"], order);
        Assert.Equal(0, rig.Counted("requests.queued"));
    }

    [Fact]
    public async Task Deadline_that_passes_in_the_queue_drops_the_request_without_running_it()
    {
        var (rig, running, order) = OneAtATime(queueLength: 3);
        using var owner = rig;
        var first = rig.Send(new("/a"));
        var second = rig.Send(new("/b", ("X-Request-Timeout-Ms", "300")));
        var third = rig.Send(new("/c"));

        rig.Time.Advance(0.3);
        await second.Served.WaitAsync(Patience);
        Assert.Equal(504, second.Status);
        Assert.Equal(1, rig.Counted("requests.dropped deadline_passed"));
        Assert.Equal(1, rig.Counted("requests.queued"));

        (await NextAsync(running)).SetResult();
        (await NextAsync(running)).SetResult();
        await Task.WhenAll(first.Served, third.Served);
        Assert.Equal(["/a", "/c"], order);
        Assert.Equal(0, rig.Counted("deadlines.exceeded"));
    }

    [Fact]
    public async Task Deadline_is_looked_at_again_when_the_place_comes_though_its_timer_is_late()
    {
        var (rig, running, order) = OneAtATime(queueLength: 3);
        using var owner = rig;
        var first = rig.Send(new("/a"));
        var second = rig.Send(new("/b", ("X-Request-Timeout-Ms", "300")));
        var third = rig.Send(new("/c"));

        // Threads are short: the clock goes on, and no timer fires.
        rig.Time.Jump(0.4);
        (await NextAsync(running)).SetResult();
        await second.Served.WaitAsync(Patience);

        Assert.Equal(504, second.Status);
        (await NextAsync(running)).SetResult();
        await Task.WhenAll(first.Served, third.Served);
        Assert.Equal(["/a", "/c"], order);
        Assert.Equal(0, rig.Runtime.Gate.InFlight);
    }

    [Fact]
    public async Task Caller_that_disconnects_in_the_queue_is_dropped_without_running()
    {
        var (rig, running, order) = OneAtATime(queueLength: 3);
        using var owner = rig;
        var first = rig.Send(new("/a"));
        var second = rig.Send(new("/b"));

        second.Disconnect();
        await second.Served.WaitAsync(Patience);
        Assert.Equal(499, second.Status);
        Assert.Equal(1, rig.Counted("requests.dropped caller_gone"));

        (await NextAsync(running)).SetResult();
        await first.Served;
        Assert.Equal(["/a"], order);
        Assert.Equal(0, rig.Runtime.Gate.InFlight);
    }

    [Theory]
    [InlineData("Upgrade", "websocket")]
    [InlineData("Accept", "text/event-stream")]
    [InlineData("Content-Type", "application/grpc+proto")]
    [InlineData("X-Other", "text/event-stream")]
    public async Task Stream_gives_its_place_back_when_its_answer_starts(string header, string value)
    {
        var isStream = header != "X-Other";
        Exchange? stream = null;
        var end = new TaskCompletionSource();
        using var rig = new ServerRig(static o => o.MaxConcurrentRequests = 1, async _ =>
        {
            if (stream is null)
            {
                return;
            }

            await stream.StartAsync();
            await end.Task;
        });
        stream = new Exchange("/", (header, value));
        rig.Send(stream);

        Assert.Equal("1", stream.Header("x-requests-in-flight"));
        Assert.Equal(isStream ? 0 : 1, rig.Runtime.Gate.InFlight);
        end.SetResult();
        await stream.Served;
        Assert.Equal(0, rig.Runtime.Gate.InFlight);
    }

    private static (ServerRig Rig, Channel<TaskCompletionSource> Running, List<string> Order) OneAtATime(int queueLength)
    {
        var running = Channel.CreateUnbounded<TaskCompletionSource>();
        var order = new List<string>();
        var rig = new ServerRig(
            o =>
            {
                o.MaxConcurrentRequests = 1;
                o.QueueLength = queueLength;
            },
            context =>
            {
                var end = new TaskCompletionSource();
                order.Add(context.Request.Path);
                running.Writer.TryWrite(end);
                return end.Task;
            });
        return (rig, running, order);
    }

    /// <summary>The request that runs; it may be on its way from the queue, on another thread.</summary>
    private static Task<TaskCompletionSource> NextAsync(Channel<TaskCompletionSource> running) =>
        running.Reader.ReadAsync().AsTask().WaitAsync(Patience);
}
