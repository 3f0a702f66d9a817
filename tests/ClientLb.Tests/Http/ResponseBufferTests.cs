using System.Net;
using System.Text;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Http;
using ClientLb.Tests.Infrastructure;

namespace ClientLb.Tests.Http;

public sealed class ResponseBufferTests : IDisposable
{
    private readonly VirtualTime _time = new();
    private readonly MonotonicClock _clock;
    private readonly TimeoutWheel _wheel;
    private readonly Endpoint _endpoint;
    private readonly TestCluster _cluster = TestCluster.Of(1);
    private readonly ScriptedStream _body = new();

    public ResponseBufferTests()
    {
        _clock = new MonotonicClock(_time);
        _wheel = new TimeoutWheel(_clock);
        _endpoint = _cluster[1];
    }

    public void Dispose()
    {
        _wheel.Dispose();
        _cluster.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Small_body_is_whole_when_the_caller_gets_it_and_keeps_its_headers(bool isAsync)
    {
        _body.Feed("he").Feed("llo").Finish();
        var response = Answer(length: null);
        response.Content.Headers.TryAddWithoutValidation("Content-Language", "de");
        response.Content.Headers.TryAddWithoutValidation("Content-Type", "text/x-greeting");

        var buffered = await BufferAsync(response, isAsync: isAsync);

        Assert.Same(response, buffered);
        Assert.IsType<BufferedContent>(buffered.Content);
        Assert.True(_body.IsDisposed);
        Assert.Equal("hello", await buffered.Content.ReadAsStringAsync());
        Assert.Equal(("text/x-greeting", "de"), (buffered.Content.Headers.ContentType!.MediaType, Assert.Single(buffered.Content.Headers.ContentLanguage)));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(3, true)]
    [InlineData(0, false)]
    [InlineData(3, false)]
    public async Task Body_that_breaks_off_is_a_failure_of_its_endpoint(int before, bool isAsync)
    {
        if (before > 0)
        {
            _body.Feed(new string('a', before));
        }

        _body.Fail(new HttpIOException(HttpRequestError.ResponseEnded, "gone"));

        var error = await Assert.ThrowsAsync<BrokenBodyException>(() => BufferAsync(Answer(length: 10), isAsync: isAsync));

        Assert.Equal("The response's body broke off while it was buffered: gone (ResponseEnded)", error.Message);
        Assert.Equal(new AttemptVerdict(OutcomeKind.Failure, Evidence.BodyBroken), HttpOutcomes.OfException(error, StopCause.None, sendsOnce: true));
        Assert.True(_body.IsDisposed);
    }

    [Fact]
    public async Task Silent_body_is_a_failure_after_the_idle_time_and_bytes_count_as_life()
    {
        _time.Advance(TimeSpan.FromSeconds(100));
        _body.Feed("x");
        var buffering = BufferAsync(Answer(length: 10));
        await _body.ReadWaits.Task;
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(buffering.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));

        var error = await Assert.ThrowsAsync<BrokenBodyException>(() => buffering);

        Assert.Contains("No byte of the response's body came from endpoint 10.0.0.1:1 within 5 s", error.Message, StringComparison.Ordinal);
        Assert.Equal(_clock.Now - TimeSpan.FromSeconds(6).Ticks, _endpoint.Load.LastByteAt);
    }

    [Fact]
    public async Task Attempt_that_is_stopped_in_the_body_is_stopped_for_its_own_cause()
    {
        using var attempt = new CancellationTokenSource();
        var buffering = BufferAsync(Answer(length: 10), cancellationToken: attempt.Token);

        await attempt.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => buffering);
        Assert.Equal(new AttemptVerdict(OutcomeKind.Failure, Evidence.AttemptTimeout), HttpOutcomes.OfException(error, StopCause.AttemptTimeout, sendsOnce: true));
        Assert.True(_body.IsDisposed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_that_grows_too_large_streams_on_and_nothing_of_it_is_lost(bool isAsync)
    {
        var text = string.Concat(Enumerable.Range(0, 3000).Select(static i => $"{i},"));
        for (var i = 0; i < 8192; i += 700)
        {
            _body.Feed(text.Substring(i, Math.Min(700, 8192 - i)));
        }

        // Exactly the limit is small; one byte more is not, though no end is in sight.
        _body.Feed("!");
        var buffered = await BufferAsync(Answer(length: null), isAsync: isAsync);

        Assert.IsType<ResumedContent>(buffered.Content);
        _body.Feed("and the rest").Finish();
        var stream = await buffered.Content.ReadAsStreamAsync();
        var bytes = new byte[9000];
        var count = isAsync ? await stream.ReadAtLeastAsync(bytes, 9000, throwOnEndOfStream: false) : stream.ReadAtLeast(bytes, 9000, throwOnEndOfStream: false);
        Assert.Equal(text[..8192] + "!and the rest", Encoding.UTF8.GetString(bytes, 0, count));
        Assert.False(_body.IsDisposed);
        buffered.Dispose();
        Assert.True(_body.IsDisposed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Body_of_exactly_the_limit_is_small(bool isLengthKnown)
    {
        _body.Feed(new string('x', 8192)).Finish();

        var buffered = await BufferAsync(Answer(isLengthKnown ? 8192 : null));

        Assert.IsType<BufferedContent>(buffered.Content);
        Assert.Equal(8192, (await buffered.Content.ReadAsByteArrayAsync()).Length);
    }

    [Theory]
    [InlineData("GET", 200, 8193, null)]
    [InlineData("GET", 200, 0, null)]
    [InlineData("HEAD", 200, 10, null)]
    [InlineData("GET", 204, null, null)]
    [InlineData("GET", 304, null, null)]
    [InlineData("GET", 101, null, null)]
    [InlineData("CONNECT", 200, null, null)]
    [InlineData("GET", 500, 10, null)]
    [InlineData("GET", 429, 10, null)]
    [InlineData("GET", 200, null, "text/event-stream; charset=utf-8")]
    [InlineData("GET", 200, null, "Application/gRPC+proto")]
    [InlineData("GET", 200, null, "application/x-ndjson")]
    public async Task Others_are_left_alone(string method, int status, int? length, string? type)
    {
        var response = Answer(length, method, status);
        response.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        var content = response.Content;

        Assert.Same(content, (await BufferAsync(response)).Content);
        Assert.False(_body.IsDisposed);
    }

    private HttpResponseMessage Answer(long? length, string method = "GET", int status = 200)
    {
        var content = new StreamContent(_body);
        content.Headers.ContentLength = length;
        return new HttpResponseMessage((HttpStatusCode)status) { Content = content, RequestMessage = new HttpRequestMessage(new HttpMethod(method), "http://orders/") };
    }

    private Task<HttpResponseMessage> BufferAsync(HttpResponseMessage response, bool isAsync = true, CancellationToken cancellationToken = default) =>
        new ResponseBuffer(8192, BodyTimeout.Of(_wheel, TimeSpan.FromSeconds(5)), _clock)
            .CompleteAsync(Task.FromResult(response), response.RequestMessage!, _endpoint, isAsync, cancellationToken);
}
