using System.Globalization;
using ClientLb.AspNetCore;
using ClientLb.Calls;
using ClientLb.Http;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.AspNetCore.Http;

namespace ClientLb.IntegrationTests.AspNetCore;

/// <summary>A client calls a server, which calls another: nobody works for longer than the first is waited for.</summary>
public sealed class DeadlineChainTests
{
    private const string Header = "X-Request-Timeout-Ms";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Deadline_shrinks_from_hop_to_hop_without_code_in_between()
    {
        var (atOuter, atInner, leftAtInner) = (0L, 0L, TimeSpan.Zero);
        await using var inner = await ServerApp.StartAsync(context =>
        {
            atInner = Told(context);
            leftAtInner = context.Features.Get<IRequestDeadlineFeature>()!.Remaining;
            return Task.CompletedTask;
        });
        await using var second = BalancedApp.To("inner", [inner.Descriptor]);
        await using var outer = await ServerApp.StartAsync(async context =>
        {
            atOuter = Told(context);
            await Task.Delay(50);
            using var answer = await second.Client.GetAsync("/");
            context.Response.StatusCode = (int)answer.StatusCode;
        });
        await using var first = BalancedApp.To("outer", [outer.Descriptor]);

        using var response = await first.Client.SendAsync(Get(TimeSpan.FromSeconds(8)));

        Assert.True(response.IsSuccessStatusCode);
        Assert.InRange(atOuter, 1, 8000);
        Assert.InRange(atInner, 1, atOuter - 40);
        Assert.InRange(leftAtInner.TotalMilliseconds, 0, atInner);

        // A call of nobody's work is bound by nobody's deadline.
        using var free = await first.Client.GetAsync("/free");
        Assert.Equal((0, 0), (atOuter, atInner));
    }

    [Fact]
    public async Task Deadline_that_passes_ends_the_work_of_all_and_counts_against_none()
    {
        var cancelled = 0;
        async Task HangAsync(HttpContext context)
        {
            if (context.Request.Path == "/warm")
            {
                return;
            }

            try
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
            finally
            {
                Interlocked.Increment(ref cancelled);
            }
        }

        await using var inner = await ServerApp.StartAsync(HangAsync);
        await using var second = BalancedApp.To("inner", [inner.Descriptor]);
        await using var outer = await ServerApp.StartAsync(async context =>
        {
            // No token is passed on.
            using var answer = await second.Client.GetAsync(context.Request.Path.Value);
            context.Response.StatusCode = (int)answer.StatusCode;
        });
        await using var first = BalancedApp.To("outer", [outer.Descriptor]);

        // What is done for the first time takes longer than this call may.
        using var warm = await first.Client.GetAsync("/warm");
        Assert.True(warm.IsSuccessStatusCode);

        var error = await Assert.ThrowsAsync<CallFailedException>(() => first.Client.SendAsync(Get(TimeSpan.FromSeconds(2))));

        Assert.Equal(CallFailureReason.DeadlineExceeded, error.Reason);
        await Eventually.IsTrueAsync(() => Task.FromResult(Volatile.Read(ref cancelled) == 1), Patience, "the inner work ends");
        await Eventually.IsTrueAsync(() => Task.FromResult(outer.Runtime.Gate.InFlight + inner.Runtime.Gate.InFlight == 0), Patience, "nobody works any more");
        await first.NothingInFlightAsync();
        await second.NothingInFlightAsync();
        Assert.Equal((2, 2), (outer.Ran, inner.Ran));
        Assert.Equal(10, first.Cluster.Budget.Balance);
        Assert.Equal(10, second.Cluster.Budget.Balance);
    }

    [Fact]
    public async Task Retry_tells_what_is_left()
    {
        var told = new List<long>();
        async Task FailOnceAsync(HttpContext context)
        {
            told.Add(Told(context));
            if (told.Count == 1)
            {
                await Task.Delay(100);
                context.Response.StatusCode = 500;
            }
        }

        await using var one = await ServerApp.StartAsync(FailOnceAsync);
        await using var other = await ServerApp.StartAsync(FailOnceAsync);
        await using var app = BalancedApp.To("orders", [one.Descriptor, other.Descriptor]);

        using var response = await app.Client.SendAsync(Get(TimeSpan.FromSeconds(8)));

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(2, told.Count);
        Assert.InRange(told[0], 1, 8000);
        Assert.InRange(told[1], 1, told[0] - 90);
    }

    [Fact]
    public async Task Hedge_tells_what_is_left()
    {
        var told = new List<long>();
        async Task AnswerSecondAsync(HttpContext context)
        {
            int count;
            lock (told)
            {
                told.Add(Told(context));
                count = told.Count;
            }

            if (count == 1)
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
        }

        await using var one = await ServerApp.StartAsync(AnswerSecondAsync);
        await using var other = await ServerApp.StartAsync(AnswerSecondAsync);
        await using var app = BalancedApp.To("orders", [one.Descriptor, other.Descriptor], static o => o.Hedging.Delay = TimeSpan.FromMilliseconds(100));

        using var response = await app.Client.SendAsync(Get(TimeSpan.FromSeconds(8)));

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(2, told.Count);
        Assert.InRange(told[0], 1, 8000);
        Assert.InRange(told[1], 1, told[0] - 90);
    }

    private static HttpRequestMessage Get(TimeSpan deadline)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Options.Set(LoadBalancingRequestOptions.Deadline, deadline);
        return request;
    }

    private static long Told(HttpContext context) =>
        context.Request.Headers.TryGetValue(Header, out var text) ? long.Parse(text.ToString(), CultureInfo.InvariantCulture) : 0;
}
