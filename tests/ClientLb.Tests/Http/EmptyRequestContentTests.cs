using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Http;

namespace ClientLb.Tests.Http;

public sealed class EmptyRequestContentTests
{
    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task Bodyless_request_on_a_dead_connection_is_sent_twice_by_the_handler_itself(string method)
    {
        await using var server = new RawHttpServer(ClosesOnce(method));
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        await WarmUpAsync(invoker, server);
        using var request = Request(method, server);

        using var response = await invoker.SendAsync(request, CancellationToken.None);

        // What this guards against. If it fails, SocketsHttpHandler has changed, and NeverResend may go.
        Assert.Equal(2, server.Seen(method));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task Empty_content_is_sent_once(string method)
    {
        await using var server = new RawHttpServer(ClosesOnce(method));
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        await WarmUpAsync(invoker, server);
        using var request = Request(method, server);
        EmptyRequestContent.NeverResend(request);

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => invoker.SendAsync(request, CancellationToken.None));

        Assert.Equal(1, server.Seen(method));
        Assert.Contains("Content-Length: 0\r\n", server.Heads.Last(), StringComparison.Ordinal);
        Assert.Equal(
            new AttemptVerdict(OutcomeKind.Failure, Evidence.Reset),
            HttpOutcomes.OfException(error, StopCause.None, sendsOnce: true));
    }

    [Fact]
    public void Content_of_the_caller_is_left_alone()
    {
        using var content = new StringContent("x");
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://orders/") { Content = content };

        EmptyRequestContent.NeverResend(request);
        Assert.Same(content, request.Content);
        EmptyRequestContent.Restore(request);
        Assert.Same(content, request.Content);
    }

    [Fact]
    public void Restore_takes_the_empty_content_away()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://orders/");

        EmptyRequestContent.NeverResend(request);
        Assert.NotNull(request.Content);
        EmptyRequestContent.Restore(request);
        Assert.Null(request.Content);
    }

    private static Func<string, string?> ClosesOnce(string method)
    {
        var closed = 0;
        return head => head.StartsWith(method, StringComparison.Ordinal) && Interlocked.Exchange(ref closed, 1) == 0
            ? null
            : RawHttpServer.Ok;
    }

    private static HttpRequestMessage Request(string method, RawHttpServer server) =>
        new(new HttpMethod(method), $"http://127.0.0.1:{server.Port}/");

    // So that the next request travels on a connection that has been used.
    private static async Task WarmUpAsync(HttpMessageInvoker invoker, RawHttpServer server)
    {
        using var request = Request("GET", server);
        using var response = await invoker.SendAsync(request, CancellationToken.None);
        await response.Content.ReadAsStringAsync();
    }
}
