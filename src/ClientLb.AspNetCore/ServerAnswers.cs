using System.Globalization;
using System.Text;
using ClientLb.AspNetCore.Reports;
using ClientLb.Endpoints;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ClientLb.AspNetCore;

/// <summary>The answers that this library gives in the application's place, none of which may be cached or has more than a sentence.</summary>
internal sealed class ServerAnswers(
    ClientLbServerOptions options, LoadReporter reporter, ServerMetrics metrics, TimeProvider time, IRandomSource random, ILogger logger)
{
    private const string DeadlineText = "The deadline of the request has passed.";
    private const string LimitText = "The server is at its limit of concurrent requests.";

    private static readonly TimeSpan BetweenLogs = TimeSpan.FromSeconds(10);
    private static readonly byte[] DeadlineBytes = Encoding.ASCII.GetBytes(DeadlineText + "\n");
    private static readonly byte[] LimitBytes = Encoding.ASCII.GetBytes(LimitText + "\n");

    private readonly int _pause = (int)Math.Ceiling(options.RetryAfter.TotalSeconds);
    private long _refused;
    private long _lastLog = time.GetTimestamp() - (time.TimestampFrequency * (long)BetweenLogs.TotalSeconds);

    /// <summary>There is no place for it.</summary>
    public Task RefuseAsync(HttpContext context, bool isGrpc, CancellationToken gone)
    {
        metrics.Refused();
        reporter.Count(isError: true);
        Interlocked.Increment(ref _refused);
        Log();
        var response = context.Response;
        if (isGrpc)
        {
            var pushback = (_pause * 1000) + random.Next((_pause * 1000) + 1);
            response.Headers[GrpcCall.PushbackHeader] = pushback.ToString(CultureInfo.InvariantCulture);
            return AnswerGrpc(context, GrpcCall.ResourceExhausted, LimitText);
        }

        response.Headers.RetryAfter = (_pause + random.Next(_pause + 1)).ToString(CultureInfo.InvariantCulture);
        return AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, LimitBytes, gone);
    }

    /// <summary>Nobody waits for it any more, and no work has begun.</summary>
    public Task DropAsync(HttpContext context, bool isGrpc, bool isDeadline, CancellationToken caller)
    {
        metrics.Dropped(isDeadline);
        if (isDeadline)
        {
            return AnswerDeadlineAsync(context, isGrpc, caller);
        }

        // Nobody reads it; the log of requests does.
        context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        return Task.CompletedTask;
    }

    /// <summary>
    /// The deadline has passed while it was served, and the application has given up. What has begun can't be taken back: gRPC has a place for a
    /// status at its end, and anything else is cut off, so that nobody takes a part for the whole.
    /// </summary>
    public Task EndAsync(HttpContext context, bool isGrpc, CancellationToken caller)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.Clear();
            return AnswerDeadlineAsync(context, isGrpc, caller);
        }

        if (!isGrpc || !GrpcCall.TryEnd(context, GrpcCall.DeadlineExceeded, DeadlineText))
        {
            context.Abort();
        }

        return Task.CompletedTask;
    }

    private Task AnswerDeadlineAsync(HttpContext context, bool isGrpc, CancellationToken caller) => isGrpc
        ? AnswerGrpc(context, GrpcCall.DeadlineExceeded, DeadlineText)
        : AnswerAsync(context, StatusCodes.Status504GatewayTimeout, DeadlineBytes, caller);

    private Task AnswerGrpc(HttpContext context, int status, string message)
    {
        reporter.Write(context, isGrpc: true);
        GrpcCall.Answer(context.Response, status, message);
        reporter.WriteGrpc(context);
        return Task.CompletedTask;
    }

    private Task AnswerAsync(HttpContext context, int status, byte[] text, CancellationToken caller)
    {
        reporter.Write(context, isGrpc: false);
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/plain";
        response.ContentLength = text.Length;
        return response.Body.WriteAsync(text, 0, text.Length, caller);
    }

    private void Log()
    {
        var last = Interlocked.Read(ref _lastLog);
        var now = time.GetTimestamp();
        if (time.GetElapsedTime(last, now) >= BetweenLogs && Interlocked.CompareExchange(ref _lastLog, now, last) == last)
        {
            logger.Refusing(options.MaxConcurrentRequests, options.QueueLength, Interlocked.Exchange(ref _refused, 0));
        }
    }
}
