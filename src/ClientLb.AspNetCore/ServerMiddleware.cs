using ClientLb.AspNetCore.Concurrency;
using ClientLb.AspNetCore.Deadlines;
using ClientLb.Calls;
using Microsoft.AspNetCore.Http;

namespace ClientLb.AspNetCore;

/// <summary>
/// The server's side of a call:
/// <code>
///  exempt? --yes--> pipeline
///    | no
///  deadline, stream, gRPC, caller gone, or no place free?
///    | no                       | yes
///  pipeline, place back      caller there? -> place (after a wait) -> caller still there? -> pipeline under the deadline -> place back
/// </code>
/// The left way is that of most requests: no object but one where the pipeline does not end at once.
/// </summary>
internal sealed class ServerMiddleware(RequestDelegate next, ServerRuntime runtime)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        foreach (var prefix in runtime.Exempt)
        {
            if (request.Path.StartsWithSegments(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return next(context);
            }
        }

        var isGrpc = GrpcCall.Is(request);
        var hasDeadline = runtime.Deadlines.TryRead(request.Headers, isGrpc, out var left);
        if (hasDeadline || isGrpc || MayStream(request) || context.RequestAborted.IsCancellationRequested || !runtime.Gate.TryEnter())
        {
            return WatchAsync(context, isGrpc, hasDeadline ? left : null);
        }

        Task served;
        try
        {
            runtime.Reporter.Attach(context, isGrpc: false);
            served = next(context);
        }
        catch
        {
            Leave(context, hasFailed: true);
            throw;
        }

        if (served.IsCompletedSuccessfully)
        {
            Leave(context, hasFailed: false);
            return served;
        }

        return FinishAsync(context, served);
    }

    /// <summary>
    /// Answers that may last for hours hold no place of short ones: it is given back when they start. Web sockets and other upgrades, server-sent
    /// events; and gRPC, whose unary calls don't start to answer before they are done.
    /// </summary>
    private static bool MayStream(HttpRequest request)
    {
        var headers = request.Headers;
        if (headers.Upgrade.Count > 0 || HttpMethods.IsConnect(request.Method))
        {
            return true;
        }

        foreach (var accept in headers.Accept)
        {
            if (accept?.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase) == true)
            {
                return true;
            }
        }

        return false;
    }

    private async Task FinishAsync(HttpContext context, Task served)
    {
        var hasFailed = true;
        try
        {
            await served.ConfigureAwait(false);
            hasFailed = false;
        }
        finally
        {
            Leave(context, hasFailed);
        }
    }

    private void Leave(HttpContext context, bool hasFailed)
    {
        try
        {
            if (!hasFailed)
            {
                // An answer without a body starts after this: with the place still held, the number counts it too.
                runtime.Reporter.Write(context, isGrpc: false);
            }
        }
        finally
        {
            // An application that still writes may start the answer at this moment, and its headers can't be changed any more.
            runtime.Gate.Leave();
            runtime.Reporter.Count(IsError(context, hasFailed, isGrpc: false));
        }
    }

    /// <summary>A request whose end may come from outside, or that has to wait.</summary>
    private async Task WatchAsync(HttpContext context, bool isGrpc, TimeSpan? left)
    {
        var caller = context.RequestAborted;
        using var deadline = left is { } time ? new RequestDeadline(time, runtime.Time, caller) : null;
        var gone = deadline?.Token ?? caller;
        if (gone.IsCancellationRequested)
        {
            await runtime.Answers.DropAsync(context, isGrpc, !caller.IsCancellationRequested, caller).ConfigureAwait(false);
            return;
        }

        var entry = await runtime.Gate.EnterAsync(gone).ConfigureAwait(false);
        if (entry == GateEntry.Refused)
        {
            await runtime.Answers.RefuseAsync(context, isGrpc, caller).ConfigureAwait(false);
            return;
        }

        if (entry == GateEntry.Entered && (gone.IsCancellationRequested || deadline?.HasPassed == true))
        {
            runtime.Gate.Leave();
            entry = GateEntry.Left;
        }

        if (entry == GateEntry.Left)
        {
            await runtime.Answers.DropAsync(context, isGrpc, !caller.IsCancellationRequested, caller).ConfigureAwait(false);
            return;
        }

        await ServeAsync(context, isGrpc, deadline, caller).ConfigureAwait(false);
    }

    private async Task ServeAsync(HttpContext context, bool isGrpc, RequestDeadline? deadline, CancellationToken caller)
    {
        var place = new Place(runtime.Gate);
        var hasFailed = true;
        var isGivenUp = false;
        try
        {
            if (isGrpc || MayStream(context.Request))
            {
                context.Response.OnStarting(
                    static state =>
                    {
                        ((Place)state).Release();
                        return Task.CompletedTask;
                    },
                    place);
            }

            // The last to be attached is the first to be called: the number counts this request too.
            runtime.Reporter.Attach(context, isGrpc);
            if (deadline is null)
            {
                await next(context).ConfigureAwait(false);
            }
            else
            {
                isGivenUp = await ServeUntilAsync(context, isGrpc, deadline, caller).ConfigureAwait(false);
            }

            hasFailed = false;
            runtime.Reporter.Write(context, isGrpc);
        }
        finally
        {
            place.Release();
            runtime.Reporter.Count(isGivenUp || IsError(context, hasFailed, isGrpc));
        }
    }

    /// <summary>Runs the pipeline under a deadline. True when it has given up because of it.</summary>
    private async Task<bool> ServeUntilAsync(HttpContext context, bool isGrpc, RequestDeadline deadline, CancellationToken caller)
    {
        var isGivenUp = false;
        context.Features.Set<IRequestDeadlineFeature>(deadline);
        context.RequestAborted = deadline.Token;
        var ambient = CallDeadline.Begin(deadline.Remaining, runtime.Time);
        try
        {
            await next(context).ConfigureAwait(false);
            isGivenUp = deadline.HasPassed && IsGivenUp(context, isGrpc);
        }
        catch (Exception e) when (deadline.HasPassed && (e is OperationCanceledException or CallFailedException { Reason: CallFailureReason.DeadlineExceeded }))
        {
            isGivenUp = true;
        }
        finally
        {
            ambient.Dispose();
            context.RequestAborted = caller;
            context.Features.Set<IRequestDeadlineFeature>(null);
            if (deadline.HasPassed)
            {
                runtime.Metrics.DeadlineExceeded();
            }
        }

        if (isGivenUp)
        {
            await runtime.Answers.EndAsync(context, isGrpc, caller).ConfigureAwait(false);
        }

        return isGivenUp;
    }

    /// <summary>
    /// Whether what the pipeline has left is no answer but the echo of its cancellation, as exception handlers and gRPC's server make it. A real answer
    /// that comes just too late is let through: what it says has happened.
    /// </summary>
    private static bool IsGivenUp(HttpContext context, bool isGrpc) =>
        !context.Response.HasStarted
        && (isGrpc ? GrpcCall.StatusOf(context) is not GrpcCall.Ok : context.Response.StatusCode == StatusCodes.Status499ClientClosedRequest);

    /// <summary>Whether a request counts as an error of this server. What its caller has broken off does not.</summary>
    private static bool IsError(HttpContext context, bool hasFailed, bool isGrpc) => hasFailed
        ? !context.RequestAborted.IsCancellationRequested
        : context.Response.StatusCode >= 500 || (isGrpc && GrpcCall.StatusOf(context) is { } status && GrpcCall.IsError(status));
}
