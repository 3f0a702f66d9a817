using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Http;

namespace ClientLb.Tests.Http;

public sealed class RequestReplayTests
{
    private static readonly AttemptVerdict Refused = new(OutcomeKind.NotSent, Evidence.Refused);
    private static readonly AttemptVerdict StreamRefused = new(OutcomeKind.NotSent, Evidence.StreamRefused);
    private static readonly AttemptVerdict Reset = new(OutcomeKind.Failure, Evidence.Reset);

    private readonly ReplayQuota _quota = new(16 * 1024 * 1024);

    public static TheoryData<HttpContent> InMemory => new()
    {
        new StringContent("hello"),
        new ByteArrayContent("hello"u8.ToArray()),
        new ReadOnlyMemoryContent("hello"u8.ToArray()),
        new FormUrlEncodedContent([KeyValuePair.Create("a", "b")]),
    };

    [Fact]
    public void Request_without_content_costs_nothing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders/");
        Prepare(request).Dispose();

        var before = GC.GetAllocatedBytesForCurrentThread();
        var replay = Prepare(request);
        var can = replay.CanSendAfter(Reset) && replay.CanSendInParallel;
        replay.Dispose();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(can);
        Assert.Equal(0, allocated);
        Assert.Null(replay.Clone(request, 2).Content);
    }

    [Theory]
    [MemberData(nameof(InMemory))]
    public async Task Content_in_memory_is_sent_again_as_it_is(HttpContent content)
    {
        using var request = Post(content);
        using var replay = Prepare(request);
        var first = await content.ReadAsByteArrayAsync();

        Assert.True(replay.CanSendInParallel);
        Assert.Equal(0, _quota.Held);
        Assert.Equal(first, await SendAsync(replay.Clone(request, 2)));
        Assert.Equal(first, await SendAsync(replay.Clone(request, 3)));
    }

    [Fact]
    public async Task Small_stream_is_buffered_and_its_room_given_back()
    {
        var content = new StreamContent(new OneWayStream("hello"));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("text/x-odd");
        content.Headers.ContentLength = 5;
        using var request = Post(content);
        var replay = await RequestReplay.PrepareAsync(request, _quota, CancellationToken.None);

        Assert.True(replay.CanSendAfter(Reset));
        Assert.Equal(5, _quota.Held);
        Assert.Equal("hello", Text(await SendAsync(request)));
        var clone = replay.Clone(request, 2);
        replay.Dispose();
        replay.Dispose();

        Assert.Equal(0, _quota.Held);
        Assert.NotSame(content, clone.Content);
        Assert.Equal("text/x-odd", clone.Content!.Headers.ContentType!.MediaType);
        Assert.Equal(5, clone.Content.Headers.ContentLength);

        // The attempt that was given up may go on reading when the call is over and the request disposed.
        request.Dispose();
        Assert.Equal("hello", Text(await SendAsync(clone)));
    }

    [Fact]
    public async Task Stream_that_fails_while_it_is_buffered_throws_and_gives_the_room_back()
    {
        var content = new StreamContent(new ScriptedStream().Fail(new InvalidOperationException("mine")));
        content.Headers.ContentLength = 5;
        using var request = Post(content);

        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await RequestReplay.PrepareAsync(request, _quota, CancellationToken.None));

        Assert.Equal(0, _quota.Held);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(ReplayQuota.PerCall + 1)]
    public void Large_or_endless_stream_is_sent_again_only_when_nothing_was_sent(int? length)
    {
        var content = new StreamContent(new OneWayStream("hello"));
        content.Headers.ContentLength = length;
        using var request = Post(content);
        using var replay = Prepare(request);

        Assert.False(replay.CanSendInParallel);
        Assert.True(replay.CanSendAfter(Refused));
        Assert.False(replay.CanSendAfter(StreamRefused));
        Assert.False(replay.CanSendAfter(Reset));
        Assert.Same(content, replay.Clone(request, 2).Content);
    }

    [Fact]
    public async Task Process_without_room_streams_once()
    {
        var quota = new ReplayQuota(4);
        var content = new StreamContent(new OneWayStream("hello"));
        content.Headers.ContentLength = 5;
        using var request = Post(content);
        using var replay = await RequestReplay.PrepareAsync(request, quota, CancellationToken.None);

        Assert.False(replay.CanSendAfter(Reset));
        Assert.Equal(0, quota.Held);
    }

    [Fact]
    public async Task Json_is_recorded_while_it_is_sent_and_made_once()
    {
        var made = 0;
        using var request = Post(JsonContent.Create(Lazy()));
        var content = request.Content;
        var replay = Prepare(request);
        Assert.True(replay.CanSendAfter(Refused));
        Assert.False(replay.CanSendInParallel);

        Assert.Equal("[1,2,3]", Text(await SendAsync(request)));
        Assert.True(replay.CanSendAfter(Reset));
        Assert.True(_quota.Held > 0);
        var clone = replay.Clone(request, 2);
        replay.Dispose();
        RequestReplay.Restore(request);

        Assert.Equal(0, _quota.Held);
        Assert.Same(content, request.Content);
        Assert.Equal("[1,2,3]", Text(await SendAsync(clone)));
        Assert.Equal("application/json", clone.Content!.Headers.ContentType!.MediaType);
        Assert.Equal(1, made);

        IEnumerable<int> Lazy()
        {
            made++;
            yield return 1;
            yield return 2;
            yield return 3;
        }
    }

    [Fact]
    public async Task Json_whose_wire_broke_is_recorded_to_its_end()
    {
        var text = new string('x', 40_000);
        using var request = Post(JsonContent.Create(new[] { text, text[..1000] }));
        using var replay = Prepare(request);

        // HttpContent wraps what the wire threw.
        await Assert.ThrowsAsync<HttpRequestException>(() => request.Content!.CopyToAsync(new BrokenWire()));

        Assert.True(replay.CanSendAfter(Reset));
        Assert.Equal($"[\"{text}\",\"{text[..1000]}\"]", Text(await SendAsync(replay.Clone(request, 2))));
    }

    [Fact]
    public async Task Json_that_does_not_fit_is_sent_and_forgotten()
    {
        var text = new string('x', ReplayQuota.PerCall);
        using var request = Post(JsonContent.Create(text));
        using var replay = Prepare(request);

        Assert.Equal(text.Length + 2, (await SendAsync(request)).Length);
        Assert.False(replay.CanSendAfter(Reset));
        Assert.Equal(0, _quota.Held);
    }

    [Fact]
    public async Task Json_that_was_begun_and_not_finished_is_not_sent_again()
    {
        using var request = Post(JsonContent.Create(Failing()));
        using var replay = Prepare(request);

        await Assert.ThrowsAsync<InvalidOperationException>(() => SendAsync(request));

        Assert.False(replay.CanSendAfter(Reset));

        static IEnumerable<int> Failing()
        {
            yield return 1;
            throw new InvalidOperationException("mine");
        }
    }

    [Fact]
    public void Clone_has_all_that_the_original_has()
    {
        using var request = Post(new StringContent("hello", Encoding.UTF8, "text/x-odd"));
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Headers.TryAddWithoutValidation("X-One", "1");
        request.Headers.TryAddWithoutValidation("X-Two", ["a", "b"]);
        request.Headers.Host = "shop";
        request.Options.Set(new HttpRequestOptionsKey<string>("mine"), "value");
        using var replay = Prepare(request);

        using var clone = replay.Clone(request, 3);

        Assert.Equal(request.Method, clone.Method);
        Assert.Same(request.RequestUri, clone.RequestUri);
        Assert.Equal(HttpVersion.Version20, clone.Version);
        Assert.Equal(HttpVersionPolicy.RequestVersionExact, clone.VersionPolicy);
        Assert.Equal("1", clone.Headers.NonValidated["X-One"].ToString());
        Assert.Equal(["a", "b"], clone.Headers.GetValues("X-Two"));
        Assert.Equal("shop", clone.Headers.Host);
        Assert.True(clone.Options.TryGetValue(new HttpRequestOptionsKey<string>("mine"), out var mine) && mine == "value");
        Assert.True(clone.Options.TryGetValue(EndpointPropagator.AttemptKey, out var attempt) && attempt == 3);
        Assert.False(request.Options.TryGetValue(EndpointPropagator.AttemptKey, out _));
    }

    [Fact]
    public void Quota_gives_what_it_has()
    {
        var quota = new ReplayQuota(10);

        Assert.True(quota.TryTake(6));
        Assert.False(quota.TryTake(5));
        Assert.True(quota.TryTake(4));
        quota.Return(6);
        Assert.Equal(4, quota.Held);
        Assert.True(quota.TryTake(6));
    }

    private static HttpRequestMessage Post(HttpContent content) => new(HttpMethod.Post, "http://orders/") { Content = content };

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private static async Task<byte[]> SendAsync(HttpRequestMessage request)
    {
        var wire = new MemoryStream();
        await request.Content!.CopyToAsync(wire);
        return wire.ToArray();
    }

    private RequestReplay Prepare(HttpRequestMessage request)
    {
#pragma warning disable CA2012 // Asserted to have completed, and read once.
        var preparing = RequestReplay.PrepareAsync(request, _quota, CancellationToken.None);
        Assert.True(preparing.IsCompletedSuccessfully);
        return preparing.GetAwaiter().GetResult();
#pragma warning restore CA2012
    }

    private sealed class OneWayStream(string text) : MemoryStream(Encoding.UTF8.GetBytes(text))
    {
        public override bool CanSeek => false;
    }

    private sealed class BrokenWire : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new IOException("reset");
    }
}
