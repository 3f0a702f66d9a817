using System.Net;
using System.Text;

namespace ClientLb.Tests.Http;

/// <summary>Hedged calls over the HTTP face: who may be hedged, and what is sent.</summary>
public sealed class HedgingOverHttpTests
{
    [Fact]
    public async Task Second_attempt_is_a_copy_with_the_same_body_and_the_first_answer_wins()
    {
        var second = new TaskCompletionSource();
        var bodies = new List<string>();
        await using var bench = Bench(async (request, number, token) =>
        {
            lock (bodies)
            {
                bodies.Add(request.Content!.ReadAsStringAsync(token).GetAwaiter().GetResult());
            }

            if (number == 1)
            {
                await Task.Delay(Timeout.Infinite, token);
            }

            second.TrySetResult();
            return await HttpBench.AnswerAsync(request, body: $"answer {number}");
        }, TimeSpan.FromMilliseconds(1));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/lists") { Content = new StringContent("body", Encoding.UTF8), Headers = { { "Idempotency-Key", "1" }, { "X-Mine", "yes" } } };

        using var answer = await bench.Client.SendAsync(request);

        Assert.Equal("answer 2", await answer.Content.ReadAsStringAsync());
        Assert.Equal(["body", "body"], bodies);
        Assert.Equal(2, bench.Sent.Count);
        Assert.All(bench.Sent, sent => Assert.NotSame(request, sent));
        Assert.All(bench.Sent, static sent => Assert.Equal("yes", sent.Headers.GetValues("X-Mine").Single()));
        Assert.Same(request, answer.RequestMessage);
    }

    [Theory]
    [InlineData("GET", null, null, true)]
    [InlineData("GET", "Accept", "application/json", true)]
    [InlineData("GET", "Accept", "text/event-stream", false)]
    [InlineData("GET", "Accept", "application/json, Text/Event-Stream", false)]
    [InlineData("GET", "Upgrade", "websocket", false)]
    [InlineData("CONNECT", null, null, false)]
    [InlineData("POST", null, null, false)]
    public async Task Streams_conversations_and_what_may_not_be_repeated_are_sent_as_they_are(string method, string? header, string? value, bool isHedged)
    {
        await using var bench = Bench(static (request, _, _) => HttpBench.AnswerAsync(request), TimeSpan.FromHours(1), "GET", "CONNECT");
        using var request = new HttpRequestMessage(new HttpMethod(method), "/");
        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation(header, value);
        }

        using var answer = await bench.Client.SendAsync(request);

        // A hedged call sends copies, any other the request itself.
        Assert.Equal(isHedged, !ReferenceEquals(request, Assert.Single(bench.Sent)));
    }

    [Fact]
    public async Task Body_that_breaks_off_is_read_beforehand_and_made_good_in_a_hedged_call_too()
    {
        await using var bench = Bench(
            static (request, number, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
            {
                RequestMessage = request,
                Content = number == 1 ? new StreamContent(new BreakingStream("half")) : new StringContent("whole"),
            }),
            TimeSpan.FromHours(1), isBuffered: true);

        Assert.Equal("whole", await bench.Client.GetStringAsync("/"));

        Assert.Equal(2, bench.Sent.Count);
        Assert.Equal(0, bench.InFlight);
    }

    private static HttpBench Bench(
        Func<HttpRequestMessage, int, CancellationToken, Task<HttpResponseMessage>> answer, TimeSpan delay, params string[] methods) => Bench(answer, delay, false, methods);

    private static HttpBench Bench(
        Func<HttpRequestMessage, int, CancellationToken, Task<HttpResponseMessage>> answer, TimeSpan delay, bool isBuffered, params string[] methods) => new(answer, options =>
    {
        options.Hedging.Delay = delay;
        options.BufferResponses.Enabled = isBuffered;
        foreach (var method in methods)
        {
            options.Retry.Methods.Add(method);
        }
    });

    private sealed class BreakingStream(string text) : MemoryStream(Encoding.UTF8.GetBytes(text))
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await base.ReadAsync(buffer, cancellationToken);
            return count > 0 ? count : throw new IOException("broken");
        }
    }
}
