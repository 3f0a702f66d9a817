using System.Net;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Http;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Http;

public sealed class BodyTimeoutTests : IDisposable
{
    private readonly VirtualTime _time = new();
    private readonly TimeoutWheel _wheel;

    public BodyTimeoutTests() => _wheel = new TimeoutWheel(new MonotonicClock(_time));

    private BodyTimeout TenSeconds => BodyTimeout.Of(_wheel, TimeSpan.FromSeconds(10))!;

    public void Dispose() => _wheel.Dispose();

    [Fact]
    public async Task Waiting_read_without_a_byte_is_idle_and_names_the_endpoint()
    {
        var inner = new ScriptedStream().Feed("hel");
        var body = new WatchedBody(new StreamContent(inner), TenSeconds);
        var stream = await body.ReadAsStreamAsync();
        await stream.ReadExactlyAsync(new byte[3]);
        var read = stream.ReadAsync(new byte[1]).AsTask();

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(read.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));

        var error = await Assert.ThrowsAsync<IOException>(() => read);
        Assert.Contains("10.0.0.1:80", error.Message, StringComparison.Ordinal);
        Assert.Contains("'orders'", error.Message, StringComparison.Ordinal);
        Assert.IsType<TimeoutException>(error.InnerException);
        Assert.Equal([BodyEnd.Idle], body.Notes.Ends);
    }

    [Fact]
    public async Task Idle_time_starts_anew_with_each_wait_and_stops_between_reads()
    {
        var inner = new ScriptedStream();
        var body = new WatchedBody(new StreamContent(inner), TenSeconds);
        var stream = await body.ReadAsStreamAsync();
        for (var i = 0; i < 3; i++)
        {
            var read = stream.ReadAsync(new byte[1]).AsTask();
            _time.Advance(TimeSpan.FromSeconds(9));
            inner.Feed("x");
            Assert.Equal(1, await read);

            // The reader is busy with something else: that is not the endpoint's fault.
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Empty(body.Notes.Ends);
    }

    [Fact]
    public async Task Idle_body_of_a_buffered_read_names_the_endpoint()
    {
        var inner = new ScriptedStream();
        var body = new WatchedBody(new StreamContent(inner), TenSeconds);
        using var client = new HttpClient(new FixedHandler(body));

        var text = client.GetAsync("http://orders/");
        await inner.ReadWaits.Task;
        _time.Advance(TimeSpan.FromSeconds(11));

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => text);
        Assert.Contains("10.0.0.1:80", error.Message, StringComparison.Ordinal);
        Assert.Equal([BodyEnd.Idle], body.Notes.Ends);
    }

    [Fact]
    public async Task Synchronous_read_without_a_byte_is_idle()
    {
        var inner = new ScriptedStream();
        var body = new WatchedBody(new StreamContent(inner), TenSeconds);
        var read = Task.Run(() => body.ReadAsStream().Read(new byte[1]));
        await inner.ReadWaits.Task;

        _time.Advance(TimeSpan.FromSeconds(11));

        await Assert.ThrowsAsync<IOException>(() => read);
        Assert.Equal([BodyEnd.Idle], body.Notes.Ends);
    }

    [Fact]
    public async Task Upgrade_reads_and_writes_without_a_limit_until_disposed()
    {
        var inner = new ScriptedStream { IsWritable = true };
        var body = new WatchedBody(new StreamContentOf(inner), TenSeconds, isUpgrade: true);
        var stream = await body.ReadAsStreamAsync();
        Assert.True(stream.CanWrite);
        stream.Write("ab"u8);
        stream.WriteByte((byte)'c');
        await stream.WriteAsync("d"u8.ToArray().AsMemory());
        await stream.FlushAsync();
        var read = stream.ReadAsync(new byte[1]).AsTask();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(read.IsCompleted);
        inner.Finish();

        Assert.Equal(0, await read);
        Assert.Equal("abcd"u8.ToArray(), inner.Written);
        Assert.True(inner.IsFlushed);
        Assert.Empty(body.Notes.Ends);
        await stream.DisposeAsync();
        Assert.Equal([BodyEnd.Abandoned], body.Notes.Ends);
    }

    [Fact]
    public void Infinite_time_is_no_limit() => Assert.Null(BodyTimeout.Of(_wheel, Timeout.InfiniteTimeSpan));

    // StreamContent hides that its stream can be written: the transport's content after an upgrade does not.
    private sealed class StreamContentOf(Stream stream) : HttpContent
    {
        protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult(stream);

        protected override Task SerializeToStreamAsync(Stream target, TransportContext? context) => stream.CopyToAsync(target);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
