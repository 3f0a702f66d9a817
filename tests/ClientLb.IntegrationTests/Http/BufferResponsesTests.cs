using System.Text;
using ClientLb.Balancing;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Http;

/// <summary>Bodies that break off on the wire, at every byte.</summary>
public class BufferResponsesTests
{
    private const string Sized = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Language: de\r\n\r\n0123456789";
    private const string Chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n4;a=b\r\n0123\r\n6\r\n456789\r\n0\r\nx-sum: 7\r\n\r\n";

    [Theory]
    [InlineData(Sized, false, HttpCompletionOption.ResponseContentRead)]
    [InlineData(Sized, true, HttpCompletionOption.ResponseHeadersRead)]
    [InlineData(Chunked, false, HttpCompletionOption.ResponseHeadersRead)]
    [InlineData(Chunked, true, HttpCompletionOption.ResponseContentRead)]
    public async Task Answer_that_breaks_off_at_any_byte_is_had_elsewhere(string answer, bool byReset, HttpCompletionOption completion)
    {
        await using var broken = new CutOffServer(Encoding.ASCII.GetBytes(answer)) { ByReset = byReset };
        await using var whole = new CutOffServer(broken.Answer);
        await using var app = To(buffered: true, broken, whole);
        for (var cut = 0; cut < answer.Length; cut++)
        {
            broken.CutAt = cut;
            using var response = await app.Client.GetAsync("/", completion);
            Assert.Equal("0123456789", await response.Content.ReadAsStringAsync());
            if (answer == Chunked)
            {
                Assert.Equal("7", Assert.Single(response.TrailingHeaders.GetValues("x-sum")));
            }
        }

        // None was spared, and each was made good by one further attempt. SocketsHttpHandler itself sends again, up to three times, where a connection ends before the first byte.
        Assert.Equal(answer.Length, whole.Requests);
        Assert.InRange(broken.Requests, answer.Length, answer.Length + 3);
        await app.NothingInFlightAsync();
    }

    [Fact]
    public async Task Without_it_what_breaks_off_in_the_body_is_the_callers()
    {
        await using var broken = new CutOffServer(Encoding.ASCII.GetBytes(Sized));
        await using var whole = new CutOffServer(broken.Answer);
        await using var app = To(buffered: false, broken, whole);
        var failed = new List<int>();
        for (var cut = 0; cut < Sized.Length; cut++)
        {
            broken.CutAt = cut;
            try
            {
                await app.Client.GetStringAsync("/");
            }
            catch (HttpRequestException)
            {
                failed.Add(cut);
            }
        }

        var body = Sized.Length - 10;
        Assert.Equal(Enumerable.Range(body, 10), failed);
    }

    [Fact]
    public async Task Call_that_may_not_be_repeated_is_neither_buffered_nor_repeated()
    {
        await using var broken = new CutOffServer(Encoding.ASCII.GetBytes(Sized)) { CutAt = Sized.Length - 3 };
        await using var whole = new CutOffServer(broken.Answer);
        await using var app = To(buffered: true, broken, whole);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent("order") };
        using var response = await app.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsStringAsync());
        Assert.Equal((1, 0), (broken.Requests, whole.Requests));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_that_falls_silent_is_had_elsewhere(bool isAsync)
    {
        await using var silent = new CutOffServer(Encoding.ASCII.GetBytes(Sized)) { CutAt = Sized.Length - 3, FallsSilent = true };
        await using var whole = new CutOffServer(silent.Answer);
        await using var app = To(buffered: true, silent, whole);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        using var response = isAsync ? await app.Client.SendAsync(request) : await Task.Run(() => app.Client.Send(request));

        Assert.Equal("0123456789", await response.Content.ReadAsStringAsync());
        Assert.Equal((1, 1), (silent.Requests, whole.Requests));
    }

    [Fact]
    public async Task Where_every_body_breaks_off_the_call_fails_and_says_so()
    {
        await using var one = new CutOffServer(Encoding.ASCII.GetBytes(Sized)) { CutAt = Sized.Length - 3 };
        await using var two = new CutOffServer(one.Answer) { CutAt = Sized.Length - 3 };
        await using var app = To(buffered: true, one, two);

        var error = await Assert.ThrowsAsync<CallFailedException>(() => app.Client.GetAsync("/"));

        Assert.Equal(3, error.Attempts.Count);
        Assert.All(error.Attempts, attempt => Assert.Equal((OutcomeKind.Failure, Evidence.BodyBroken), (attempt.Kind, attempt.Evidence)));
    }

    [Fact]
    public async Task Large_body_streams_on_with_all_its_bytes()
    {
        var text = string.Concat(Enumerable.Range(0, 30_000).Select(static i => $"{i},"));
        foreach (var head in new[] { $"Content-Length: {text.Length}\r\n\r\n{text}", $"Transfer-Encoding: chunked\r\n\r\n{text.Length:x}\r\n{text}\r\n0\r\n\r\n" })
        {
            await using var server = new CutOffServer(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n" + head));
            await using var app = To(buffered: true, server);

            Assert.Equal(text, await app.Client.GetStringAsync("/"));
            Assert.Equal(1, server.Requests);
            await app.NothingInFlightAsync();
        }
    }

    private static BalancedApp To(bool buffered, params CutOffServer[] servers) => BalancedApp.To(
        "buffered",
        servers.Select(static server => server.Descriptor),
        options =>
        {
            options.BufferResponses.Enabled = buffered;
            options.Timeouts.BodyIdle = TimeSpan.FromSeconds(1);
        },
        options =>
        {
            // The first one is asked first, whatever it has done.
            options.Policy = PickFirstPolicy.PolicyName;
            options.OutlierDetection.Enabled = false;
            options.Limits.Adaptive.Enabled = false;
            options.RetryBudget.MinTokens = 1000;
        });
}
