using System.Net;
using ClientLb.Calls;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Tests.Http;

/// <summary>What handlers of the user's do inside an attempt proves nothing, and may outlast it.</summary>
public sealed class AttemptHandlerTests
{
    [Fact]
    public async Task Token_that_a_handler_has_kept_is_not_cancelled_by_a_later_attempt()
    {
        var tokens = new List<CancellationToken>();
        await using var bench = new HttpBench(
            static (request, number, token) => number == 1 ? HttpBench.AnswerAsync(request) : HangAsync(token),
            client: client => client.AddAttemptHandler(_ => new Handler(async (send, request, token) =>
            {
                tokens.Add(token);
                return await send(request, token);
            })));
        using var caller = new CancellationTokenSource();
        (await bench.Client.GetAsync("/")).Dispose();

        var second = bench.Client.GetAsync("/", caller.Token);
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.True(tokens[1].IsCancellationRequested);
        Assert.False(tokens[0].IsCancellationRequested);
    }

    [Fact]
    public async Task Time_limit_of_a_handler_is_no_proof_that_nothing_was_sent()
    {
        await using var bench = new HttpBench(
            static (request, _, _) => HttpBench.AnswerAsync(request),
            client: static client => client.AddAttemptHandler(static _ => new Handler(async (send, request, token) =>
            {
                (await send(request, token)).Dispose();
                throw new TaskCanceledException("too slow", new TimeoutException());
            })));

        var error = await Assert.ThrowsAsync<CallFailedException>(() => bench.Client.PostAsync("/", new StringContent("once")));

        Assert.Equal(CallFailureReason.NotRepeatable, error.Reason);
        Assert.Single(bench.Sent);
    }

    [Fact]
    public async Task Without_handlers_the_same_is_a_connect_that_took_too_long()
    {
        await using var bench = new HttpBench(static (request, number, _) =>
            number == 1 ? Task.FromException<HttpResponseMessage>(new TaskCanceledException("connect", new TimeoutException())) : HttpBench.AnswerAsync(request));

        using var answer = await bench.Client.PostAsync("/", new StringContent("once"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(2, bench.Sent.Count);
    }

    private static async Task<HttpResponseMessage> HangAsync(CancellationToken token)
    {
        await Task.Delay(Timeout.Infinite, token);
        throw new InvalidOperationException();
    }

    private sealed class Handler(
        Func<Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>, HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => send(base.SendAsync, request, cancellationToken);
    }
}
