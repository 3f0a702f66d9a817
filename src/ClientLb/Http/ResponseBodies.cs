using System.Net;

namespace ClientLb.Http;

/// <summary>What the head of a response says of its body.</summary>
internal static class ResponseBodies
{
    // What a response has that was given no content: nothing can follow. To ask for its headers would create them.
    private static readonly Type NoContent = new HttpResponseMessage().Content.GetType();

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

    /// <summary>True when both sides talk from here on: a web socket or a tunnel.</summary>
    public static bool IsUpgrade(HttpRequestMessage request, HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.SwitchingProtocols
        || (request.Method == HttpMethod.Connect && response.IsSuccessStatusCode);
}
