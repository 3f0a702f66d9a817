using System.Globalization;
using System.Net.Http.Headers;
using ClientLb.Calls;
using ClientLb.Endpoints;

namespace ClientLb.Http.Grpc;

/// <summary>A client's <see cref="GrpcOptions"/>, compiled: what the end of a gRPC call says of its endpoint, and whether another attempt may follow.</summary>
/// <remarks>
/// gRFC A6:
/// <code>
///                       pushback: a number   pushback: negative, or none   no pushback
///   retryable status    again, after it      no                            again, after the back-off
///   any other           no                   no                            no
/// </code>
/// Another endpoint is not asked to wait: what one asks for rests that one alone.
/// </remarks>
internal sealed class GrpcRules(GrpcOptions options)
{
    private const string StatusHeader = "grpc-status";
    private const string MessageHeader = "grpc-message";
    private const string PushbackHeader = "grpc-retry-pushback-ms";

    private readonly uint _failures = GrpcStatus.MaskOf(options.FailureStatuses);
    private readonly uint _retryable = GrpcStatus.MaskOf(options.RetryableStatuses);

    /// <summary>The methods.</summary>
    public GrpcMethods Methods { get; } = new(options.IdempotentMethods);

    /// <summary>Reads an answer as far as it has come: its status stands in the headers of one that is nothing else, or in the trailers of one that has ended.</summary>
    public AttemptVerdict Of(HttpResponseMessage response)
    {
        if (response.Headers.NonValidated.TryGetValues(StatusHeader, out var status))
        {
            return Of(GrpcStatus.Parse(status.ToString()), response.Headers);
        }

        return TryReadTrailers(response, out var verdict)
            ? verdict
            : new AttemptVerdict(OutcomeKind.Success, Evidence.None) { IsProvisional = response.Content is not GrpcAheadContent { HasBegun: true } };
    }

    /// <summary>Whether the status of an answer has come.</summary>
    public bool HasStatus(HttpResponseMessage response) => response.Headers.NonValidated.Contains(StatusHeader) || TryReadTrailers(response, out _);

    /// <summary>Reads the trailers of an answer, once it has ended.</summary>
    public bool TryReadTrailers(HttpResponseMessage response, out AttemptVerdict verdict)
    {
        var trailers = response.TrailingHeaders;
        if (trailers.NonValidated.Count != 0 && trailers.NonValidated.TryGetValues(StatusHeader, out var status))
        {
            verdict = Of(GrpcStatus.Parse(status.ToString()), trailers);
            return true;
        }

        verdict = default;
        return false;
    }

    /// <summary>Whether the trailers of an answer say that all is well.</summary>
    public static bool IsOk(HttpResponseMessage response) =>
        response.TrailingHeaders.NonValidated.TryGetValues(StatusHeader, out var status) && GrpcStatus.Parse(status.ToString()) == GrpcStatus.Ok;

    /// <summary>The text behind a status, for messages.</summary>
    public static string? MessageOf(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues(MessageHeader, out var text) || response.TrailingHeaders.NonValidated.TryGetValues(MessageHeader, out text)
            ? Uri.UnescapeDataString(text.ToString())
            : null;

    private AttemptVerdict Of(int status, HttpResponseHeaders headers)
    {
        if (status == GrpcStatus.Ok)
        {
            return new AttemptVerdict(OutcomeKind.Success, Evidence.None);
        }

        var isAsked = headers.NonValidated.TryGetValues(PushbackHeader, out var pushback);
        var wait = -1L;
        var mayFollow = GrpcStatus.IsIn(_retryable, status)
            && (!isAsked || (long.TryParse(pushback.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out wait) && wait >= 0));
        var rest = wait > 0 ? TimeSpan.FromMilliseconds(Math.Min(wait, RetryAfter.Longest.TotalMilliseconds)) : TimeSpan.Zero;
        var (kind, evidence) = status == GrpcStatus.ResourceExhausted || (rest > TimeSpan.Zero && GrpcStatus.IsIn(_failures, status)) ? (OutcomeKind.Overloaded, Evidence.OverloadStatus)
            : GrpcStatus.IsIn(_failures, status) ? (OutcomeKind.Failure, Evidence.GrpcStatus)
            : mayFollow ? (OutcomeKind.Failure, Evidence.GrpcStatus)
            : (OutcomeKind.Success, Evidence.None);
        if (kind == OutcomeKind.Overloaded && isAsked && wait == 0)
        {
            // "At once": zero is for who has said nothing.
            rest = TimeSpan.FromTicks(1);
        }

        return new AttemptVerdict(kind, evidence, rest, kind == OutcomeKind.Success ? 0 : status) 
        {
            IsFinal = !mayFollow,
            IsInnocent = kind == OutcomeKind.Failure && !GrpcStatus.IsIn(_failures, status),
        };
    }
}
