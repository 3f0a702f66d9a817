using System.Net.Sockets;
using System.Net;
using System.Security.Authentication;
using ClientLb.Calls;
using ClientLb.Endpoints;
using ClientLb.Http;
using ClientLb.Tests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClientLb.Tests.Http;

public sealed class HttpOutcomesTests
{
    private readonly VirtualTime _time = new();
    private readonly OutcomeRules _rules = new(new OutcomeOptions(), "web", NullLogger.Instance);

    public static TheoryData<Exception, OutcomeKind, Evidence> SentOnce => new()
    {
        { Connect(SocketError.ConnectionRefused), OutcomeKind.NotSent, Evidence.Refused },
        { Connect(SocketError.HostUnreachable), OutcomeKind.NotSent, Evidence.Unreachable },
        { Connect(SocketError.NetworkUnreachable), OutcomeKind.NotSent, Evidence.Unreachable },
        { Connect(SocketError.ConnectionReset), OutcomeKind.NotSent, Evidence.Unreachable },
        { Connect(SocketError.HostNotFound), OutcomeKind.NotSent, Evidence.NameNotResolved },
        { Http(HttpRequestError.NameResolutionError, new SocketException((int)SocketError.TryAgain)), OutcomeKind.NotSent, Evidence.NameNotResolved },
        { Http(HttpRequestError.SecureConnectionError, new AuthenticationException()), OutcomeKind.NotSent, Evidence.TlsFailed },
        { new TaskCanceledException("slow", new TimeoutException()), OutcomeKind.NotSent, Evidence.Unreachable },

        { Http(HttpRequestError.ConnectionError, new ConnectionLimitException(new ConnectionSettings { Client = "orders" }, default)), OutcomeKind.NotSent, Evidence.ConnectionLimit },

        // This machine's own trouble.
        { Connect(SocketError.AddressNotAvailable), OutcomeKind.Ignored, Evidence.CallerError },
        { Connect(SocketError.TooManyOpenSockets), OutcomeKind.Ignored, Evidence.CallerError },

        { Http(HttpRequestError.HttpProtocolError, new HttpProtocolException(7, "refused", null)), OutcomeKind.NotSent, Evidence.StreamRefused },
        { Http(HttpRequestError.HttpProtocolError, new HttpProtocolException(2, "internal", null)), OutcomeKind.Failure, Evidence.ProtocolError },
        { Http(HttpRequestError.HttpProtocolError, new HttpProtocolException(0, "goaway", null)), OutcomeKind.Failure, Evidence.ProtocolError },
        { Http(HttpRequestError.ResponseEnded, new HttpIOException(HttpRequestError.ResponseEnded)), OutcomeKind.Failure, Evidence.Reset },
        { Http(HttpRequestError.InvalidResponse, null), OutcomeKind.Failure, Evidence.ProtocolError },
        { new HttpRequestException("reset", Broken(SocketError.ConnectionReset)), OutcomeKind.Failure, Evidence.Reset },
        { new HttpRequestException("late", Broken(SocketError.TimedOut)), OutcomeKind.Failure, Evidence.Reset },
        { Broken(SocketError.ConnectionReset), OutcomeKind.Failure, Evidence.Reset },
        { new IOException("closed"), OutcomeKind.Failure, Evidence.Reset },
        { new HttpIOException(HttpRequestError.ResponseEnded), OutcomeKind.Failure, Evidence.Reset },

        // A mock, or another handler, without codes.
        { new HttpRequestException("refused", new SocketException((int)SocketError.ConnectionRefused)), OutcomeKind.NotSent, Evidence.Refused },
        { new HttpRequestException("status", null, HttpStatusCode.BadGateway), OutcomeKind.Failure, Evidence.ErrorStatus },
        { new HttpRequestException("status", null, HttpStatusCode.NotFound), OutcomeKind.Ignored, Evidence.CallerError },

        // A time limit in a handler of the user's.
        { new OperationCanceledException(), OutcomeKind.Failure, Evidence.AttemptTimeout },
        { new TimeoutException(), OutcomeKind.Failure, Evidence.AttemptTimeout },

        // The request's own content.
        { new HttpRequestException("Error while copying content to a stream.", new IOException("disk")), OutcomeKind.Ignored, Evidence.CallerError },
        { new InvalidOperationException("content"), OutcomeKind.Ignored, Evidence.CallerError },
        { Http(HttpRequestError.VersionNegotiationError, null), OutcomeKind.Ignored, Evidence.CallerError },
        { Http(HttpRequestError.ConfigurationLimitExceeded, null), OutcomeKind.Ignored, Evidence.CallerError },
    };

    [Theory]
    [InlineData(200, OutcomeKind.Success, Evidence.None)]
    [InlineData(302, OutcomeKind.Success, Evidence.None)]
    [InlineData(404, OutcomeKind.Success, Evidence.None)]
    [InlineData(408, OutcomeKind.Failure, Evidence.ErrorStatus)]
    [InlineData(425, OutcomeKind.Failure, Evidence.ErrorStatus)]
    [InlineData(429, OutcomeKind.Overloaded, Evidence.OverloadStatus)]
    [InlineData(500, OutcomeKind.Failure, Evidence.ErrorStatus)]
    [InlineData(501, OutcomeKind.Success, Evidence.None)]
    [InlineData(502, OutcomeKind.Failure, Evidence.ErrorStatus)]
    [InlineData(503, OutcomeKind.Failure, Evidence.ErrorStatus)]
    [InlineData(505, OutcomeKind.Success, Evidence.None)]
    [InlineData(599, OutcomeKind.Failure, Evidence.ErrorStatus)]
    public void Status_is_classified(int status, OutcomeKind kind, Evidence evidence)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);

        Assert.Equal(new AttemptVerdict(kind, evidence, default, status), HttpOutcomes.OfResponse(response, _rules, _time));
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("0", 0)]
    [InlineData("86400", 300)]
    [InlineData("99999999999999", 300)]
    [InlineData("Fri, 02 Jan 1970 00:00:20 GMT", 20)]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT", 0)]
    [InlineData("Fri, 02 Jan 2099 00:00:00 GMT", 300)]
    public void Retry_after_of_503_and_429_is_read_within_bounds(string header, int seconds)
    {
        foreach (var status in new[] { HttpStatusCode.ServiceUnavailable, HttpStatusCode.TooManyRequests })
        {
            using var response = new HttpResponseMessage(status);
            response.Headers.TryAddWithoutValidation("Retry-After", header);

            var verdict = HttpOutcomes.OfResponse(response, _rules, _time);

            Assert.Equal(OutcomeKind.Overloaded, verdict.Kind);
            // Zero is for no header: a tick says that there was one.
            Assert.Equal(seconds == 0 ? TimeSpan.FromTicks(1) : TimeSpan.FromSeconds(seconds), verdict.RetryAfter);
        }
    }

    [Fact]
    public void Retry_after_as_a_date_is_compared_with_the_servers_own_clock()
    {
        using var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        response.Headers.TryAddWithoutValidation("Date", "Mon, 01 Jan 2024 00:00:00 GMT");
        response.Headers.TryAddWithoutValidation("Retry-After", "Mon, 01 Jan 2024 00:00:09 GMT");

        Assert.Equal(TimeSpan.FromSeconds(9), HttpOutcomes.OfResponse(response, _rules, _time).RetryAfter);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-5")]
    [InlineData("")]
    public void Retry_after_that_means_nothing_makes_503_a_failure(string header)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        response.Headers.TryAddWithoutValidation("Retry-After", header);

        Assert.Equal(OutcomeKind.Failure, HttpOutcomes.OfResponse(response, _rules, _time).Kind);
    }

    [Theory]
    [MemberData(nameof(SentOnce))]
    public void Exception_is_classified(Exception error, OutcomeKind kind, Evidence evidence)
    {
        var verdict = HttpOutcomes.OfException(error, StopCause.None, sendsOnce: true);

        Assert.Equal((kind, evidence), (verdict.Kind, verdict.Evidence));
    }

    [Fact]
    public void Failed_connect_proves_nothing_where_the_request_may_have_been_sent_before()
    {
        var verdict = HttpOutcomes.OfException(Connect(SocketError.ConnectionRefused), StopCause.None, sendsOnce: false);

        Assert.Equal(new AttemptVerdict(OutcomeKind.Failure, Evidence.Refused), verdict);
    }

    [Theory]
    [InlineData(StopCause.Caller, OutcomeKind.Ignored, Evidence.CallerCancelled)]
    [InlineData(StopCause.CallTimeout, OutcomeKind.Ignored, Evidence.CallTimeout)]
    [InlineData(StopCause.AttemptTimeout, OutcomeKind.Failure, Evidence.AttemptTimeout)]
    [InlineData(StopCause.Stalled, OutcomeKind.Failure, Evidence.Stalled)]
    internal void Stopped_attempt_is_classified_by_its_cause(StopCause cause, OutcomeKind kind, Evidence evidence)
    {
        var expected = new AttemptVerdict(kind, evidence);

        Assert.Equal(expected, HttpOutcomes.OfException(new TaskCanceledException(), cause, sendsOnce: true));

        // The echo of the stop in other clothes.
        Assert.Equal(expected, HttpOutcomes.OfException(new IOException("aborted"), cause, sendsOnce: true));
        Assert.Equal(expected, HttpOutcomes.OfException(new ObjectDisposedException("stream"), cause, sendsOnce: true));
    }

    [Fact]
    public void Refusal_in_the_moment_of_the_stop_still_counts()
    {
        var verdict = HttpOutcomes.OfException(Connect(SocketError.ConnectionRefused), StopCause.Caller, sendsOnce: true);

        Assert.Equal(new AttemptVerdict(OutcomeKind.NotSent, Evidence.Refused), verdict);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connection_that_breaks_before_its_preface_is_written_carried_no_request(bool isOurs)
    {
        // The real thing, since nothing but its text tells it from others.
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = (_, _) => new ValueTask<Stream>(new UnwritableStream(isOurs ? new ObjectDisposedException("stream") : Broken(SocketError.ConnectionReset))),
        };
        using var invoker = new HttpMessageInvoker(handler);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://10.0.0.1/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([1]),
        };

        var error = await Assert.ThrowsAnyAsync<HttpRequestException>(() => invoker.SendAsync(request, default));

        var verdict = HttpOutcomes.OfException(error, StopCause.None, sendsOnce: true);
        Assert.Equal((OutcomeKind.NotSent, Evidence.Unreachable), (verdict.Kind, verdict.Evidence));
    }

    private static HttpRequestException Connect(SocketError code) =>
        Http(HttpRequestError.ConnectionError, new SocketException((int)code));

    private static HttpRequestException Http(HttpRequestError error, Exception? inner) => new(error, "failed", inner);

    private static IOException Broken(SocketError code) => new("broken", new SocketException((int)code));

    /// <summary>Nobody says anything, and nothing can be said.</summary>
    private sealed class UnwritableStream(Exception error) : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw error;
    }
}
