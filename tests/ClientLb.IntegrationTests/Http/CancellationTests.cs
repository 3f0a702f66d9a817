using System.Net;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ClientLb.IntegrationTests.Http;

public class CancellationTests
{
    [Fact]
    public async Task Caller_that_cancels_sees_its_own_token_and_blames_nobody()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("cancelled", backends);
        for (var i = 0; i < 10; i++)
        {
            using var cancel = new CancellationTokenSource();
            var call = app.Client.GetAsync("/delay/30000", cancel.Token);
            await Eventually.IsTrueAsync(() => Task.FromResult(backends[0].Count == i + 1), TimeSpan.FromSeconds(20), "the call arrives");
            await cancel.CancelAsync();
            var error = await Assert.ThrowsAsync<TaskCanceledException>(() => call);
            Assert.Equal(cancel.Token, error.CancellationToken);
        }

        await app.NothingInFlightAsync();
        Assert.Equal(HealthState.Healthy, app.Cluster.Snapshot.Endpoints[0].Health.Status.State);
        Assert.Equal(10, backends[0].Count);
    }

    [Fact]
    public async Task Caller_that_cancels_while_the_body_comes_ends_the_lease()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        await using var app = BalancedApp.To("cancelled-body", backends);
        using var cancel = new CancellationTokenSource();
        using var response = await app.Client.GetAsync("/chunks/1000/20", HttpCompletionOption.ResponseHeadersRead);
        var reading = response.Content.ReadAsStringAsync(cancel.Token);
        await Task.Delay(100);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        response.Dispose();
        await app.NothingInFlightAsync();
        Assert.Equal(HealthState.Healthy, app.Cluster.Snapshot.Endpoints[0].Health.Status.State);
    }

    [Fact]
    public async Task Call_that_takes_too_long_is_a_failure_and_no_cancellation()
    {
        await using var backends = await BackendGroup.StartAsync(2);
        await using var app = BalancedApp.To("late", backends.Select(BalancedApp.Descriptor), static o =>
        {
            o.Timeouts.Connect = o.Timeouts.Attempt = TimeSpan.FromMilliseconds(300);
            o.Timeouts.Call = TimeSpan.FromMilliseconds(500);
        });
        var failure = await Assert.ThrowsAsync<CallFailedException>(() => app.Client.GetAsync("/delay/30000"));

        Assert.Equal(CallFailureReason.DeadlineExceeded, failure.Reason);
        Assert.Equal("late", failure.Cluster);
    }

    [Fact]
    public async Task Answers_that_come_before_the_request_has_been_sent_whole_are_not_hit_by_the_cancellations_of_other_calls()
    {
        // The clocks of calls are used again: that of a call whose body is still on its way over HTTP/2 must not be.
        await using var backends = await BackendGroup.StartAsync(2, HttpProtocols.Http2);
        await using var app = BalancedApp.To("crossing", backends);
        // As much as the server can send back before anybody reads: the client reads only when it has sent all.
        var body = new byte[60_000];
        new Random(1).NextBytes(body);

        var echoes = Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 30; i++)
            {
                using var response = await SendAsync(app, HttpMethod.Post, "/echo", new ByteArrayContent(body), CancellationToken.None);
                Assert.Equal(body, await response.Content.ReadAsByteArrayAsync());
            }
        })).ToList();
        var cancelled = Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            while (!echoes.TrueForAll(static echo => echo.IsCompleted))
            {
                using var cancel = new CancellationTokenSource();
                var call = SendAsync(app, HttpMethod.Post, "/delay/30000", new ByteArrayContent([]), cancel.Token);
                await Task.Delay(1);
                await cancel.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
            }
        })).ToList();

        await Task.WhenAll(echoes);
        await Task.WhenAll(cancelled);
        await app.NothingInFlightAsync();
    }

    private static Task<HttpResponseMessage> SendAsync(BalancedApp app, HttpMethod method, string path, HttpContent content, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(method, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = content };
        return app.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }
}
