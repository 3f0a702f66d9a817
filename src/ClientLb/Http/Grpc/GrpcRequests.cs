using System.Globalization;
using System.Net.Http.Headers;

namespace ClientLb.Http.Grpc;

/// <summary>What a request says of itself: whether it is gRPC's, and whether it carries one message.</summary>
internal static class GrpcRequests
{
    private const string ContentType = "application/grpc";
    private const string PreviousAttempts = "grpc-previous-rpc-attempts";

    /// <summary>True for a call of gRPC over HTTP/2 or 3. gRPC-Web has its status in the body and counts as plain HTTP.</summary>
    public static bool IsGrpc(HttpRequestMessage request) =>
        request.Content is { } content && request.Version.Major >= 2 && ReferenceEquals(request.Method, HttpMethod.Post) && IsGrpc(content.Headers);

    /// <summary>True where headers name gRPC's content type.</summary>
    public static bool IsGrpc(HttpContentHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues("Content-Type", out var values))
        {
            return false;
        }

        var type = values.ToString();
        return type.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase) && (type.Length == ContentType.Length || type[ContentType.Length] is '+' or ';' or ' ');
    }

    /// <summary>
    /// True for a content that is made of one message and can be made at once. grpc-dotnet's content for unary and server-streaming calls is known by its name, as it has no other mark; where that should
    /// change, calls are recorded as they are sent, and can be repeated only once they have been sent whole.
    /// </summary>
    public static bool IsOneMessage(HttpContent content) => content.GetType().Name.StartsWith("PushUnaryContent", StringComparison.Ordinal);

    /// <summary>Tells the server which attempt it is (gRFC A6).</summary>
    public static void SetPreviousAttempts(HttpRequestMessage request, int attempt)
    {
        request.Headers.Remove(PreviousAttempts);
        request.Headers.TryAddWithoutValidation(PreviousAttempts, (attempt - 1).ToString(CultureInfo.InvariantCulture));
    }
}
