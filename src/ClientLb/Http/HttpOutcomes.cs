using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using ClientLb.Calls;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>What a response or an exception says of the endpoint.</summary>
internal static class HttpOutcomes
{
    private const long RefusedStream = 7;

    /// <summary>Reads a response.</summary>
    /// <param name="response">The response.</param>
    /// <param name="rules">What counts as a failure.</param>
    /// <param name="time">The clock for a date in <c>Retry-After</c>.</param>
    public static AttemptVerdict OfResponse(HttpResponseMessage response, OutcomeRules rules, TimeProvider time)
    {
        var status = (int)response.StatusCode;
        return status < rules.QuickBelow ? new AttemptVerdict(OutcomeKind.Success, Evidence.None, default, status) : OfStatus(response, status, rules, time);
    }

    /// <summary>Reads an exception.</summary>
    /// <param name="error">What the transport threw.</param>
    /// <param name="cause">Why the attempt was stopped, if it was.</param>
    /// <param name="sendsOnce">
    /// True when the transport can't have sent the request more than once: owned connections and <see cref="EmptyRequestContent.NeverResend"/>,
    /// or a call that may be repeated anyway. Otherwise a failed connect proves nothing: it may be the second try of a request that was read.
    /// </param>
    /// <param name="hasUserHandlers">True when it may come from a handler of the user's, whose time limit looks like that of a connect and proves nothing.</param>
    public static AttemptVerdict OfException(Exception error, StopCause cause, bool sendsOnce, bool hasUserHandlers = false)
    {
        var evidence = Evidence.None;
        if (cause == StopCause.None || error is not OperationCanceledException)
        {
            evidence = hasUserHandlers && error is OperationCanceledException ? Evidence.AttemptTimeout : EvidenceOf(error);
            if (cause == StopCause.None || IsConnectEvidence(evidence))
            {
                return OfEvidence(evidence, sendsOnce, (int?)(error as HttpRequestException)?.StatusCode ?? 0);
            }
        }

        // Stopped by us: what is thrown then is an echo, unless it tells of a connect that failed in the same moment.
        return cause switch
        {
            StopCause.Caller => new AttemptVerdict(OutcomeKind.Ignored, Evidence.CallerCancelled),
            StopCause.Overtaken => new AttemptVerdict(OutcomeKind.Ignored, Evidence.Overtaken),
            StopCause.CallTimeout => new AttemptVerdict(OutcomeKind.Ignored, Evidence.CallTimeout),
            StopCause.Stalled => new AttemptVerdict(OutcomeKind.Failure, Evidence.Stalled),
            StopCause.Drained => new AttemptVerdict(OutcomeKind.Failure, Evidence.Drained),
            StopCause.BodyIdle => new AttemptVerdict(OutcomeKind.Failure, Evidence.BodyBroken),
            _ => new AttemptVerdict(OutcomeKind.Failure, Evidence.AttemptTimeout),
        };
    }

    private static AttemptVerdict OfStatus(HttpResponseMessage response, int status, OutcomeRules rules, TimeProvider time)
    {
        var asked = rules.Ask(response);
        if (asked is null)
        {
            switch (response.StatusCode)
            {
                case HttpStatusCode.TooManyRequests:
                    var isSaid = RetryAfter.TryRead(response, time, out var rest);
                    return new AttemptVerdict(OutcomeKind.Overloaded, Evidence.OverloadStatus, isSaid ? Said(rest) : default, status);

                case HttpStatusCode.ServiceUnavailable when RetryAfter.TryRead(response, time, out var pause):
                    return new AttemptVerdict(OutcomeKind.Overloaded, Evidence.OverloadStatus, Said(pause), status);
            }
        }

        return asked ?? rules.IsFailure(status)
            ? new AttemptVerdict(OutcomeKind.Failure, Evidence.ErrorStatus, default, status)
            : new AttemptVerdict(OutcomeKind.Success, Evidence.None, default, status);
    }

    // Zero is for who has said nothing. A tick is no rest, and it was said.
    private static TimeSpan Said(TimeSpan rest) => rest == TimeSpan.Zero ? TimeSpan.FromTicks(1) : rest;

    private static AttemptVerdict OfEvidence(Evidence evidence, bool sendsOnce, int status)
    {
        var kind = evidence switch
        {
            Evidence.StreamRefused => OutcomeKind.NotSent,
            Evidence.CallerError => OutcomeKind.Ignored,
            _ when IsConnectEvidence(evidence) && sendsOnce => OutcomeKind.NotSent,
            _ => OutcomeKind.Failure,
        };
        return new AttemptVerdict(kind, evidence, default, status);
    }

    private static bool IsConnectEvidence(Evidence evidence) =>
        evidence is Evidence.Refused or Evidence.Unreachable or Evidence.NameNotResolved or Evidence.TlsFailed or Evidence.ConnectionLimit;

    private static Evidence EvidenceOf(Exception error) => error switch
    {
        // The connect took too long: SocketsHttpHandler says so in this way, with neither token fired.
        OperationCanceledException { InnerException: TimeoutException } => Evidence.Unreachable,

        // Neither the caller nor one of our clocks: a time limit inside one of the user's own handlers.
        OperationCanceledException or TimeoutException => Evidence.AttemptTimeout,
        HttpRequestException { HttpRequestError: HttpRequestError.Unknown, StatusCode: { } status } =>
            status >= HttpStatusCode.InternalServerError ? Evidence.ErrorStatus : Evidence.CallerError,
        HttpRequestException request => OfHttpError(request.HttpRequestError, request),
        BrokenBodyException => Evidence.BodyBroken,
        HttpIOException io => OfHttpError(io.HttpRequestError, io),
        SocketException socket => AfterConnect(socket),
        AuthenticationException => Evidence.TlsFailed,
        IOException => InnermostEvidence(error) ?? Evidence.Reset,
        _ => Evidence.CallerError,
    };

    private static Evidence OfHttpError(HttpRequestError code, Exception error) => code switch
    {
        HttpRequestError.NameResolutionError => Evidence.NameNotResolved,
        HttpRequestError.ConnectionError => OfConnect(error),
        HttpRequestError.SecureConnectionError => Evidence.TlsFailed,
        HttpRequestError.ProxyTunnelError => Evidence.Unreachable,
        HttpRequestError.ResponseEnded => Evidence.Reset,
        HttpRequestError.HttpProtocolError => IsRefusedStream(error) ? Evidence.StreamRefused : Evidence.ProtocolError,
        HttpRequestError.InvalidResponse => Evidence.ProtocolError,

        // What the client asks for, or allows, does not fit: the same with every endpoint.
        HttpRequestError.VersionNegotiationError
            or HttpRequestError.ExtendedConnectNotSupported
            or HttpRequestError.UserAuthenticationError
            or HttpRequestError.ConfigurationLimitExceeded => Evidence.CallerError,

        _ when IsUnfinishedHandshake(error) => Evidence.Unreachable,

        // No code: the cause behind it decides. Without one it is the request's own content that could not be read.
        _ => InnermostEvidence(error) ?? Evidence.CallerError,
    };

    /// <summary>
    /// A new HTTP/2 connection on which not even the preface could be written: no request was. (A server may end connections that soon, by their age.) It has no code and no type of its own, so its text
    /// must do, or the key of its text where an application was built without; another text only makes it a connection that broke.
    /// </summary>
    private static bool IsUnfinishedHandshake(Exception error) =>
        error.InnerException is { } cause && cause.GetType() == typeof(IOException)
            && (cause.Message.Contains("HTTP/2 handshake", StringComparison.Ordinal) || cause.Message == "net_http_http2_connection_not_established");

    private static Evidence OfConnect(Exception error)
    {
        for (var cause = error.InnerException; cause is not null; cause = cause.InnerException)
        {
            if (cause is ConnectionLimitException)
            {
                return Evidence.ConnectionLimit;
            }

            if (cause is SocketException socket)
            {
                var evidence = OfSocketError(socket.SocketErrorCode);

                // During a connect a reset is no more than a refusal by another name: nothing was sent.
                return evidence == Evidence.Reset ? Evidence.Unreachable : evidence;
            }
        }

        return Evidence.Unreachable;
    }

    // Outside of a connect "timed out" and "no route" may come after the request has been sent: nothing is proven.
    private static Evidence AfterConnect(SocketException error)
    {
        var evidence = OfSocketError(error.SocketErrorCode);
        return evidence == Evidence.Unreachable ? Evidence.Reset : evidence;
    }

    private static Evidence? InnermostEvidence(Exception error)
    {
        for (var cause = error.InnerException; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case SocketException socket:
                    return AfterConnect(socket);
                case AuthenticationException:
                    return Evidence.TlsFailed;
                case HttpIOException { HttpRequestError: not HttpRequestError.Unknown } io:
                    return OfHttpError(io.HttpRequestError, io);
            }
        }

        return null;
    }

    private static bool IsRefusedStream(Exception error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpProtocolException { ErrorCode: RefusedStream })
            {
                return true;
            }
        }

        return false;
    }

    private static Evidence OfSocketError(SocketError code) => code switch
    {
        SocketError.ConnectionRefused => Evidence.Refused,
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoRecovery or SocketError.NoData => Evidence.NameNotResolved,
        SocketError.HostUnreachable
            or SocketError.NetworkUnreachable
            or SocketError.HostDown
            or SocketError.NetworkDown
            or SocketError.TimedOut => Evidence.Unreachable,

        // This machine is out of ports, handles or memory, or forbids the connection: no endpoint is to blame.
        SocketError.AddressNotAvailable
            or SocketError.TooManyOpenSockets
            or SocketError.NoBufferSpaceAvailable
            or SocketError.AccessDenied => Evidence.CallerError,
        _ => Evidence.Reset,
    };
}
