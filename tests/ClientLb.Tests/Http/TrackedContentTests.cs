using System.Net;
using System.Text;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Http;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Http;

public sealed class TrackedContentTests : IDisposable
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    private readonly VirtualTime _time = new();
    private readonly TimeoutWheel _wheel;

    public TrackedContentTests() => _wheel = new TimeoutWheel(new MonotonicClock(_time));

    private BodyTimeout TenSeconds => BodyTimeout.Of(_wheel, TimeSpan.FromSeconds(10))!;

    public void Dispose() => _wheel.Dispose();

    [Fact]
    public void Headers_copied_with_every_value()
    {
        var inner = new ByteArrayContent(Hello);
        inner.Headers.TryAddWithoutValidation("Content-Type", "text/plain; charset=utf-8");
        inner.Headers.TryAddWithoutValidation("Content-Language", ["de", "en"]);
        inner.Headers.TryAddWithoutValidation("X-Odd", "not; validated,,");

        using var body = new WatchedBody(inner);

        Assert.Equal("utf-8", body.Headers.ContentType?.CharSet);
        Assert.Equal(["de", "en"], body.Headers.ContentLanguage);
        Assert.Equal("not; validated,,", body.Headers.NonValidated["X-Odd"].ToString());
        Assert.Equal(5, body.Headers.ContentLength);
    }

    [Fact]
    public void Length_unknown_stays_unknown()
    {
        using var body = new WatchedBody(new StreamContent(new ScriptedStream()));

        Assert.Null(body.Headers.ContentLength);
    }

    [Fact]
    public async Task Length_of_a_body_that_was_buffered_is_known()
    {
        using var body = new WatchedBody(new StreamContent(new ScriptedStream().Feed("hel").Feed("lo").Finish()));

        await body.LoadIntoBufferAsync();

        Assert.Equal(5, body.Headers.ContentLength);
    }

    [Fact]
    public async Task Buffered_read_by_HttpClient_completes_once()
    {
        var body = new WatchedBody(new StreamContent(new ScriptedStream().Feed("hel").Feed("lo").Finish()));
        using var client = new HttpClient(new FixedHandler(body));

        using (var response = await client.GetAsync("http://orders/"))
        {
            Assert.Equal("hello", await response.Content.ReadAsStringAsync());
            Assert.Equal([BodyEnd.Complete], body.Notes.Ends);
        }

        Assert.Equal([BodyEnd.Complete], body.Notes.Ends);
        Assert.Equal(2, body.Notes.Arrivals);
    }

    [Fact]
    public async Task Body_that_arrives_late_is_copied_whole()
    {
        var stream = new ScriptedStream();
        var body = new WatchedBody(new StreamContent(stream), TenSeconds);
        using var client = new HttpClient(new FixedHandler(body));

        var text = client.GetStringAsync("http://orders/");
        await stream.ReadWaits.Task;
        stream.Feed("hel").Feed("lo").Finish();

        Assert.Equal("hello", await text);
        Assert.Equal([BodyEnd.Complete], body.Notes.Ends);
    }

    [Fact]
    public void Synchronous_read_by_HttpClient_completes_once()
    {
        var body = new WatchedBody(new StreamContent(new ScriptedStream().Feed("hel").Feed("lo").Finish()), TenSeconds);
        using var client = new HttpClient(new FixedHandler(body));

        using var response = client.Send(new HttpRequestMessage(HttpMethod.Get, "http://orders/"));

        Assert.Equal("hello", new StreamReader(response.Content.ReadAsStream()).ReadToEnd());
        Assert.Equal([BodyEnd.Complete], body.Notes.Ends);
    }

    [Fact]
    public async Task Every_overload_of_read_passes_by()
    {
        var body = new WatchedBody(new StreamContent(new ScriptedStream().Feed("abcdefghi").Finish()));
        await using var stream = await body.ReadAsStreamAsync();
        var one = new byte[2];

        Assert.Equal('a', stream.ReadByte());
        Assert.Equal(1, stream.Read(one, 0, 1));
        Assert.Equal(1, stream.Read(one.AsSpan(0, 1)));
#pragma warning disable CA1835 // The older overload is what is tested.
        Assert.Equal(1, await stream.ReadAsync(one, 0, 1, CancellationToken.None));
#pragma warning restore CA1835
        Assert.Equal(1, await stream.ReadAsync(one.AsMemory(0, 1)));
        Assert.Equal(1, await Task.Factory.FromAsync(stream.BeginRead, stream.EndRead, one, 0, 1, null));
        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty));
        Assert.Empty(body.Notes.Ends);
        Assert.Equal(6, body.Notes.Arrivals);
        var rest = new MemoryStream();
        await stream.CopyToAsync(rest);

        Assert.Equal("ghi", Encoding.UTF8.GetString(rest.ToArray()));
        Assert.Equal([BodyEnd.Complete], body.Notes.Ends);
        Assert.Equal(-1, stream.ReadByte());
        Assert.Equal([BodyEnd.Complete], body.Notes.Ends);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dispose_before_the_end_abandons(bool byStream)
    {
        var inner = new ScriptedStream().Feed("hello");
        var body = new WatchedBody(new StreamContent(inner));
        var stream = await body.ReadAsStreamAsync();
        await stream.ReadExactlyAsync(new byte[2]);
        if (byStream)
        {
            await stream.DisposeAsync();
        }
        else
        {
            body.Dispose();
        }

        Assert.True(inner.IsDisposed);
        Assert.Equal([BodyEnd.Abandoned], body.Notes.Ends);
        body.Dispose();
        Assert.Equal([BodyEnd.Abandoned], body.Notes.Ends);
    }

    [Fact]
    public void Dispose_without_a_read_abandons()
    {
        var inner = new ScriptedStream();
        var body = new WatchedBody(new StreamContent(inner));

        body.Dispose();

        Assert.True(inner.IsDisposed);
        Assert.Equal([BodyEnd.Abandoned], body.Notes.Ends);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_that_fails_breaks(bool waits)
    {
        var inner = new ScriptedStream().Feed("hel");
        var body = new WatchedBody(new StreamContent(inner), TenSeconds);
        var stream = await body.ReadAsStreamAsync();
        await stream.ReadExactlyAsync(new byte[3]);
        var error = new HttpIOException(HttpRequestError.ResponseEnded);
        if (!waits)
        {
            inner.Fail(error);
        }

        var read = Task.Run(async () => await stream.ReadAsync(new byte[3]));
        if (waits)
        {
            await inner.ReadWaits.Task;
            inner.Fail(error);
        }

        Assert.Same(error, await Assert.ThrowsAsync<HttpIOException>(() => read));
        Assert.Equal([BodyEnd.Broken], body.Notes.Ends);
    }

    [Fact]
    public async Task Copy_whose_target_fails_abandons()
    {
        var body = new WatchedBody(new StreamContent(new ScriptedStream().Feed("hello").Finish()));

        await Assert.ThrowsAsync<HttpRequestException>(() => body.CopyToAsync(new FullStream()));

        Assert.Equal([BodyEnd.Abandoned], body.Notes.Ends);
    }

    [Fact]
    public async Task Cancelled_read_abandons_under_the_callers_token()
    {
        var inner = new ScriptedStream();
        var body = new WatchedBody(new StreamContent(inner), TenSeconds);
        var stream = await body.ReadAsStreamAsync();
        using var caller = new CancellationTokenSource();

        var read = stream.ReadAsync(new byte[1], caller.Token).AsTask();
        await inner.ReadWaits.Task;
        await caller.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        Assert.Equal(caller.Token, error.CancellationToken);
        Assert.Equal([BodyEnd.Abandoned], body.Notes.Ends);
    }

    [Fact]
    public async Task Second_reader_gets_an_error_rather_than_an_empty_body()
    {
        var body = new WatchedBody(new StreamContent(new ScriptedStream().Feed("hello").Finish()));
        await body.CopyToAsync(Stream.Null);

        await Assert.ThrowsAsync<InvalidOperationException>(() => body.CopyToAsync(Stream.Null));
    }

    [Fact]
    public async Task Foreign_content_without_a_synchronous_way_is_read()
    {
        var body = new WatchedBody(new AsyncOnlyContent());

        Assert.Equal("hello", await body.ReadAsStringAsync());
        Assert.Equal([BodyEnd.Complete], body.Notes.Ends);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Body_dropped_by_everyone_is_abandoned(bool isGuardUsedAgain)
    {
        // One that has ended and is kept, as with a response that somebody stores: what guarded it guards the next body of this thread.
        var kept = new WatchedBody(new ByteArrayContent(Hello));
        if (isGuardUsedAgain)
        {
            kept.Dispose();
        }

        var notes = Drop();
        for (var i = 0; i < 200 && !notes.Ended.IsCompleted; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();

            // On another thread then: this one's stack may still have it somewhere.
            await Task.Delay(10);
        }

        Assert.True(notes.Ended.IsCompleted);
        Assert.Equal(BodyEnd.Abandoned, await notes.Ended);
        GC.KeepAlive(kept);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static BodyNotes Drop() => new WatchedBody(new ByteArrayContent(Hello)).Notes;
    }

    [Fact]
    public async Task Guards_used_again_guard_the_new_body_only()
    {
        for (var i = 0; i < 100; i++)
        {
            var first = new WatchedBody(new ByteArrayContent(Hello));
            await first.ReadAsStringAsync();
            var second = new WatchedBody(new ByteArrayContent(Hello));
            second.Dispose();

            Assert.Equal([BodyEnd.Complete], first.Notes.Ends);
            Assert.Equal([BodyEnd.Abandoned], second.Notes.Ends);
        }
    }

    private sealed class FullStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new IOException("disk full");
    }

    private sealed class AsyncOnlyContent : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await Task.Yield();
            await stream.WriteAsync(Hello);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
