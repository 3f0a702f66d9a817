using ClientLb.AspNetCore;
using Microsoft.AspNetCore.Http;

namespace ClientLb.Tests.AspNetCore;

public sealed class DeadlineTests
{
    private static readonly (string, string) HalfSecond = ("X-Request-Timeout-Ms", "500");

    [Fact]
    public async Task Deadline_that_passes_fires_the_token_and_answers_504()
    {
        using var rig = new ServerRig(pipeline: static context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        var exchange = rig.Send(new("/", HalfSecond));

        rig.Time.Advance(0.499);
        Assert.False(exchange.Served.IsCompleted);
        rig.Time.Advance(0.001);
        await exchange.Served;

        Assert.Equal(504, exchange.Status);
        Assert.Equal("The deadline of the request has passed.\n", exchange.Text);
        Assert.False(exchange.IsAborted);
        Assert.Equal(1, rig.Counted("deadlines.exceeded"));
        Assert.Equal(0, rig.Runtime.Gate.InFlight);
        Assert.Equal("1", exchange.Header("x-requests-in-flight"));
    }

    [Fact]
    public async Task Handler_sees_the_deadline_and_what_is_left_of_it()
    {
        using var rig = new ServerRig();
        IRequestDeadlineFeature? seen = null;
        var left = TimeSpan.Zero;
        rig.Pipeline = context =>
        {
            seen = context.Features.Get<IRequestDeadlineFeature>();
            rig.Time.Advance(0.2);
            left = seen!.Remaining;
            return Task.CompletedTask;
        };
        var expected = rig.Time.GetUtcNow() + TimeSpan.FromSeconds(0.5);

        var exchange = new Exchange("/", HalfSecond);
        var caller = exchange.RequestAborted;
        await rig.Send(exchange).Served;

        Assert.Equal(0, rig.Time.TimerCount);
        Assert.Equal(expected, seen!.Deadline);
        Assert.Equal(caller, exchange.RequestAborted);
        Assert.Equal(TimeSpan.FromSeconds(0.3), left);
        rig.Time.Advance(1);
        Assert.Equal(TimeSpan.Zero, seen.Remaining);
        Assert.Equal(200, exchange.Status);
        Assert.Null(exchange.Context.Features.Get<IRequestDeadlineFeature>());
        Assert.Equal(0, rig.Counted("deadlines.exceeded"));
    }

    [Fact]
    public async Task Part_of_a_millisecond_is_a_whole_one_to_the_timer()
    {
        using var rig = new ServerRig();

        var exchange = rig.Send(Exchange.Grpc(("grpc-timeout", "1500u")));
        await exchange.Served;

        Assert.Equal(TimeSpan.FromMilliseconds(2), Assert.Single(rig.Time.Waits));
    }

    [Fact]
    public async Task Request_without_a_deadline_has_none()
    {
        using var rig = new ServerRig();
        var wasDifferent = false;
        rig.Pipeline = context =>
        {
            wasDifferent = context.Features.Get<IRequestDeadlineFeature>() is not null;
            return Task.CompletedTask;
        };

        await rig.Send(new("/", ("X-Request-Timeout-Ms", "soon"))).Served;

        Assert.False(wasDifferent);
        Assert.Equal(0, rig.Time.TimerCount);
        Assert.Equal(1, rig.Counted("deadlines.unreadable"));
    }

    [Fact]
    public async Task Deadline_of_nothing_is_dropped_before_work_starts()
    {
        var runs = 0;
        using var rig = new ServerRig(pipeline: _ =>
        {
            runs++;
            return Task.CompletedTask;
        });

        var exchange = rig.Send(new("/", ("X-Request-Timeout-Ms", "0")));
        await exchange.Served;

        Assert.Equal((504, 0), (exchange.Status, runs));
        Assert.Equal(1, rig.Counted("requests.dropped deadline_passed"));
        Assert.Equal(0, rig.Runtime.Gate.InFlight);
    }

    [Fact]
    public async Task Caller_that_has_gone_is_dropped_before_work_starts()
    {
        var runs = 0;
        using var rig = new ServerRig(pipeline: _ =>
        {
            runs++;
            return Task.CompletedTask;
        });
        foreach (var headers in new (string, string)[][] { [], [HalfSecond] })
        {
            var exchange = new Exchange("/", headers);
            exchange.Disconnect();
            await rig.Send(exchange).Served;
            Assert.Equal((499, 0), (exchange.Status, runs));
        }

        Assert.Equal(2, rig.Counted("requests.dropped caller_gone"));
        Assert.Equal(0, rig.Runtime.Gate.InFlight);
    }

    [Fact]
    public async Task Caller_that_goes_before_the_deadline_cancels_the_work_and_its_exception_is_not_ours()
    {
        using var rig = new ServerRig(pipeline: static context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        var exchange = rig.Send(new("/", HalfSecond));

        exchange.Disconnect();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exchange.Served);
        Assert.Equal(0, rig.Counted("deadlines.exceeded"));
        Assert.Equal((0, 0), (rig.Runtime.Gate.InFlight, rig.Time.TimerCount));
    }

    [Fact]
    public async Task Answer_that_has_started_is_cut_off()
    {
        Exchange? exchange = null;
        using var rig = new ServerRig(pipeline: async context =>
        {
            await exchange!.StartAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        exchange = new Exchange("/", HalfSecond);
        rig.Send(exchange);

        rig.Time.Advance(0.5);
        await exchange.Served;

        Assert.True(exchange.IsAborted);
        Assert.Equal(200, exchange.Status);
    }

    [Fact]
    public async Task Answer_that_comes_just_too_late_is_let_through()
    {
        using var rig = new ServerRig();
        rig.Pipeline = context =>
        {
            rig.Time.Advance(1);
            context.Response.StatusCode = 201;
            return Task.CompletedTask;
        };

        var exchange = rig.Send(new("/", HalfSecond));
        await exchange.Served;

        Assert.Equal(201, exchange.Status);
        Assert.Equal(1, rig.Counted("deadlines.exceeded"));
    }

    [Fact]
    public async Task Status_499_of_an_exception_handler_becomes_504()
    {
        using var rig = new ServerRig();
        rig.Pipeline = context =>
        {
            rig.Time.Advance(1);
            context.Response.StatusCode = 499;
            return Task.CompletedTask;
        };

        var exchange = rig.Send(new("/", HalfSecond));
        await exchange.Served;

        Assert.Equal(504, exchange.Status);
    }

    [Fact]
    public async Task Exception_of_another_kind_is_the_applications_own()
    {
        using var rig = new ServerRig(pipeline: static _ => throw new InvalidOperationException("mine"));
        foreach (var headers in new (string, string)[][] { [], [HalfSecond] })
        {
            var exchange = new Exchange("/", headers);
            await Assert.ThrowsAsync<InvalidOperationException>(() => rig.InvokeAsync(exchange.Context));
        }

        rig.Pipeline = static async _ =>
        {
            await Task.Yield();
            throw new InvalidOperationException("mine");
        };
        await Assert.ThrowsAsync<InvalidOperationException>(() => rig.Send(new("/")).Served);
        Assert.Equal(0, rig.Runtime.Gate.InFlight);
    }

    [Fact]
    public async Task Grpc_deadline_answers_with_its_status()
    {
        using var rig = new ServerRig(pipeline: static context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        var exchange = rig.Send(Exchange.Grpc(("grpc-timeout", "200m")));

        rig.Time.Advance(0.2);
        await exchange.Served;

        Assert.Equal((200, "4", "application/grpc"), (exchange.Status, exchange.Header("grpc-status"), exchange.Header("Content-Type")));
        Assert.Empty(exchange.Text);
    }

    [Fact]
    public async Task Grpc_status_that_echoes_the_cancellation_becomes_deadline_exceeded_and_success_stays()
    {
        using var rig = new ServerRig();
        foreach (var (given, expected) in new[] { ("1", "4"), ("0", "0") })
        {
            rig.Pipeline = context =>
            {
                rig.Time.Advance(1);
                context.Response.Headers["grpc-status"] = given;
                return Task.CompletedTask;
            };
            var exchange = rig.Send(Exchange.Grpc(("grpc-timeout", "200m")));
            await exchange.Served;
            Assert.Equal(expected, exchange.Header("grpc-status"));
        }
    }

    [Fact]
    public async Task Grpc_answer_that_has_started_ends_with_the_status_in_its_trailers()
    {
        Exchange? exchange = null;
        using var rig = new ServerRig(pipeline: async context =>
        {
            await exchange!.StartAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        exchange = Exchange.Grpc(("grpc-timeout", "200m"));
        rig.Send(exchange);

        rig.Time.Advance(0.2);
        await exchange.Served;

        Assert.Equal("4", exchange.Trailers["grpc-status"]);
        Assert.False(exchange.IsAborted);
    }

    [Fact]
    public async Task Exempt_paths_are_left_alone()
    {
        var token = CancellationToken.None;
        using var rig = new ServerRig(static o => o.MaxConcurrentRequests = 1, context =>
        {
            token = context.RequestAborted;
            return Task.CompletedTask;
        });
        foreach (var (path, isExempt) in new[] { ("/health", true), ("/Health/ready", true), ("/healthy", false), ("/a/health", false) })
        {
            var exchange = rig.Send(new(path, HalfSecond));
            await exchange.Served;
            Assert.Equal(isExempt, token == exchange.RequestAborted);
            Assert.Equal(isExempt, exchange.Header("x-requests-in-flight").Length == 0);
        }
    }
}
