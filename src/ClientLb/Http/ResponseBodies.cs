using System.Net;
using ClientLb.Http.Grpc;

namespace ClientLb.Http;

/// <summary>What the head of a response says of its body.</summary>
internal static class ResponseBodies
{
    // What a response has that was given no content: nothing can follow. To ask for its headers would create them.
    private static readonly Type NoContent = new HttpResponseMessage().Content.GetType();

    private static readonly string[] s_streams =
    [
        "text/event-stream", "application/grpc", "multipart/x-mixed-replace", "application/x-ndjson", "application/stream+json", "application/json-seq",
    ];

    /// <summary>True when a body may follow: where none can, there is nothing to track.</summary>
    public static bool IsExpected(HttpRequestMessage request, HttpResponseMessage response)
    {
        if (request.Method == HttpMethod.Head
            || response.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.ResetContent or HttpStatusCode.NotModified)
        {
            return false;
        }

        if (response.Content.GetType() == NoContent)
        {
            return false;
        }

        // As it came: a parsed value would have to be made a string again when the headers are copied.
        return !response.Content.Headers.NonValidated.TryGetValues("Content-Length", out var length) || length.ToString() != "0";
    }

    /// <summary>True when the body says of itself that it comes piece by piece, each meant to be read as soon as it is there.</summary>
    public static bool IsStream(HttpResponseMessage response)
    {
        if (!response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values))
        {
            return false;
        }

        var type = values.ToString();
        foreach (var stream in s_streams)
        {
            if (type.StartsWith(stream, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True for an answer of gRPC, whose streams may be silent for as long as they like.</summary>
    public static bool IsGrpc(HttpResponseMessage response) =>
        // It is never HTTP/1.1: what most answers are need not be looked at.
        response.Version.Major >= 2 && GrpcRequests.IsGrpc(response.Content.Headers);

    /// <summary>True when both sides talk from here on: a web socket or a tunnel.</summary>
    public static bool IsUpgrade(HttpRequestMessage request, HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.SwitchingProtocols
        || (request.Method == HttpMethod.Connect && response.IsSuccessStatusCode);
}
