using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ClientLb.AspNetCore;

/// <summary>What gRPC says in HTTP (grpc/doc/PROTOCOL-HTTP2.md): its requests, and the end of its answers. Nothing of gRPC's own packages is needed for it.</summary>
internal static class GrpcCall
{
    public const int Ok = 0;
    public const int DeadlineExceeded = 4;
    public const int ResourceExhausted = 8;

    /// <summary>How long, in milliseconds, a caller is asked to wait with its next try (gRFC A6).</summary>
    public const string PushbackHeader = "grpc-retry-pushback-ms";

    private const string ContentType = "application/grpc";
    private const string StatusHeader = "grpc-status";
    private const string MessageHeader = "grpc-message";

    /// <summary>Whether a request is gRPC's own; gRPC-Web has its status in the body and counts as plain HTTP.</summary>
    public static bool Is(HttpRequest request) =>
        request.ContentType is { } type && type.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (type.Length == ContentType.Length || type[ContentType.Length] is '+' or ';' or ' ');

    /// <summary>Answers with a status and nothing else: all of it in the headers.</summary>
    public static void Answer(HttpResponse response, int status, string message)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = ContentType;
        response.Headers[StatusHeader] = status.ToString(CultureInfo.InvariantCulture);
        response.Headers[MessageHeader] = message;
    }

    /// <summary>Ends an answer that has started with a status, unless it has one.</summary>
    /// <returns>False where it can't be said any more.</returns>
    public static bool TryEnd(HttpContext context, int status, string message)
    {
        if (TrailersOf(context) is not { IsReadOnly: false } trailers)
        {
            return false;
        }

        if (trailers.TryAdd(StatusHeader, status.ToString(CultureInfo.InvariantCulture)))
        {
            trailers.TryAdd(MessageHeader, message);
        }

        return true;
    }

    /// <summary>Whether headers carry a status.</summary>
    public static bool HasStatus(IHeaderDictionary headers) => headers.ContainsKey(StatusHeader);

    /// <summary>The status of an answer, in its headers or its trailers; <see langword="null"/> where there is none.</summary>
    public static int? StatusOf(HttpContext context)
    {
        var headers = context.Response.Headers;
        if (!headers.TryGetValue(StatusHeader, out var value) && TrailersOf(context)?.TryGetValue(StatusHeader, out value) != true)
        {
            return null;
        }

        return int.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : null;
    }

    /// <summary>Whether a status says that the server has failed: UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE, DATA_LOSS.</summary>
    public static bool IsError(int status) => status is 2 or DeadlineExceeded or ResourceExhausted or 13 or 14 or 15;

    /// <summary>The trailers of the answer; <see langword="null"/> where the protocol has none.</summary>
    public static IHeaderDictionary? TrailersOf(HttpContext context) => context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
}
