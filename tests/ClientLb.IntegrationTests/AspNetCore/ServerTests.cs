using System.Net;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ClientLb.IntegrationTests.AspNetCore;

/// <summary>The middleware in a real server.</summary>
public sealed class ServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Deadline_cancels_the_handler_answers_504_and_leaves_the_connection_alone()
    {
        var cancelled = 0;
        await using var server = await ServerApp.StartAsync(async context =>
        {
            context.Response.Headers["X-Connection"] = context.Connection.Id;
            if (context.Request.Path == "/wait")
            {
                using var seen = context.RequestAborted.Register(() => Interlocked.Increment(ref cancelled));
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
        });
        using var client = server.Client();
        using var before = await client.GetAsync("/");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/wait") { Headers = { { "X-Request-Timeout-Ms", "100" } } };
        using var response = await client.SendAsync(request);
        using var after = await client.GetAsync("/");

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal("The deadline of the request has passed.\n", await response.Content.ReadAsStringAsync());
        Assert.Equal("1", Assert.Single(response.Headers.GetValues("x-requests-in-flight")));
        Assert.Equal(1, cancelled);
        Assert.Equal(before.Headers.GetValues("X-Connection"), after.Headers.GetValues("X-Connection"));
        Assert.Equal(0, server.Runtime.Gate.InFlight);
    }

    [Fact]
    public async Task Deadline_that_passes_in_a_started_answer_cuts_it_off()
    {
        await using var server = await ServerApp.StartAsync(static async context =>
        {
            await context.Response.WriteAsync("a part");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var client = server.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-Request-Timeout-Ms", "200" } } };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Grpc_deadline_ends_with_its_status_started_or_not(bool isStarted)
    {
        await using var server = await ServerApp.StartAsync(
            async context =>
            {
                if (isStarted)
                {
                    context.Response.ContentType = "application/grpc";
                    await context.Response.Body.WriteAsync(new byte[5]);
                    await context.Response.Body.FlushAsync();
                }

                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            },
            protocols: HttpProtocols.Http2);
        using var client = server.Client();
        using var request = Grpc(("grpc-timeout", "200m"));
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var body = await response.Content.ReadAsByteArrayAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(isStarted ? 5 : 0, body.Length);
        Assert.Equal("4", Assert.Single((isStarted ? response.TrailingHeaders : response.Headers).GetValues("grpc-status")));
    }

    [Fact]
    public async Task Grpc_report_comes_in_the_trailers_of_an_answer()
    {
        await using var server = await ServerApp.StartAsync(
            static async context =>
            {
                context.Response.ContentType = "application/grpc";
                await context.Response.Body.WriteAsync(new byte[5]);
                context.Response.AppendTrailer("grpc-status", "0");
                if (context.Request.Headers.ContainsKey("x-complete"))
                {
                    await context.Response.CompleteAsync();
                }
            },
            static o => o.LoadReport = ClientLb.AspNetCore.LoadReportFormat.Text, HttpProtocols.Http2);
        using var client = server.Client();
        string? report = null;
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var request = Grpc();
                using var response = await client.SendAsync(request);
                Assert.Equal("0", Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
                report = response.TrailingHeaders.TryGetValues("endpoint-load-metrics-bin", out var values) ? values.Single() : null;
                return report is not null;
            },
            Patience, "the first sample");

        // One that the application has ended itself has it too.
        using var last = Grpc(("x-complete", "1"));
        using var complete = await client.SendAsync(last);
        Assert.Equal("0", Assert.Single(complete.TrailingHeaders.GetValues("grpc-status")));
        Assert.True(complete.TrailingHeaders.Contains("endpoint-load-metrics-bin"));
        Assert.True(ClientLb.Http.OrcaBinaryReport.TryParse(report!, [], out var read));
        Assert.True(read.RequestsPerSecond > 0);
    }

    [Fact]
    public async Task Caller_that_disconnects_in_the_queue_never_runs()
    {
        var end = new TaskCompletionSource();
        await using var server = await ServerApp.StartAsync(_ => end.Task, static o =>
        {
            o.MaxConcurrentRequests = 1;
            o.QueueLength = 5;
        });
        using var client = server.Client();
        using var gone = new CancellationTokenSource();
        var first = client.GetAsync("/");
        await Eventually.IsTrueAsync(() => Task.FromResult(server.Ran == 1), Patience, "the first runs");
        var second = client.GetAsync("/", gone.Token);
        await Eventually.IsTrueAsync(() => Task.FromResult(server.Runtime.Gate.Queued == 1), Patience, "the second waits");

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await Eventually.IsTrueAsync(() => Task.FromResult(server.Runtime.Gate.Queued == 0), Patience, "the second is dropped");
        end.SetResult();
        using var response = await first;
        using var next = await client.GetAsync("/");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (response.StatusCode, next.StatusCode));
        Assert.Equal((3, 2), (server.Arrived, server.Ran));
        Assert.Equal(0, server.Runtime.Gate.InFlight);
    }

    [Fact]
    public async Task Queue_and_refusals_hold_the_limit()
    {
        int running = 0, most = 0;
        await using var server = await ServerApp.StartAsync(
            async context =>
            {
                var now = Interlocked.Increment(ref running);
                lock (context.RequestServices)
                {
                    most = Math.Max(most, now);
                }

                await Task.Delay(20);
                Interlocked.Decrement(ref running);
            },
            static o =>
            {
                o.MaxConcurrentRequests = 2;
                o.QueueLength = 3;
            });
        using var client = server.Client();

        var responses = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => client.GetAsync("/")));

        var refused = responses.Where(static r => r.StatusCode == HttpStatusCode.ServiceUnavailable).ToList();
        Assert.All(responses, static r => Assert.True(r.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable));
        Assert.All(refused, static r => Assert.InRange(r.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 2));
        Assert.Equal(60 - refused.Count, server.Ran);
        Assert.InRange(Volatile.Read(ref most), 1, 2);
        Assert.Equal(0, server.Runtime.Gate.InFlight);
    }

    [Fact]
    public async Task Stream_of_events_holds_no_place()
    {
        var end = new TaskCompletionSource();
        await using var server = await ServerApp.StartAsync(
            async context =>
            {
                if (context.Request.Path == "/events")
                {
                    context.Response.ContentType = "text/event-stream";
                    await context.Response.WriteAsync("data: 1\n\n");
                    await context.Response.Body.FlushAsync();
                    await end.Task;
                }
            },
            static o => o.MaxConcurrentRequests = 1);
        using var client = server.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/events") { Headers = { { "Accept", "text/event-stream" } } };
        using var stream = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        using var response = await client.GetAsync("/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        end.SetResult();
        Assert.Equal("data: 1\n\n", await stream.Content.ReadAsStringAsync());
        await Eventually.IsTrueAsync(() => Task.FromResult(server.Runtime.Gate.InFlight == 0), Patience, "nothing is in flight");
    }

    private static HttpRequestMessage Grpc(params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/package.Service/Method")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(new byte[5]) { Headers = { ContentType = new("application/grpc") } },
        };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return request;
    }
}
