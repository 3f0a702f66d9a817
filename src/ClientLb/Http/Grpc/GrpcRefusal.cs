using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ClientLb.Calls;

namespace ClientLb.Http.Grpc;

/// <summary>A call without an answer, in the form that a gRPC client reads: a status and nothing else, all of it in the headers.</summary>
internal static class GrpcRefusal
{
    private static readonly MediaTypeHeaderValue s_contentType = new("application/grpc");

    /// <summary>Makes the call, and an answer out of its failure.</summary>
    public static async Task<HttpResponseMessage> AnswerAsync(Task<HttpResponseMessage> call, HttpRequestMessage request)
    {
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (CallFailedException e)
        {
            return Make(e, request);
        }
    }

    internal static HttpResponseMessage Make(CallFailedException error, HttpRequestMessage request)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK)
        {
            Version = HttpVersion.Version20,
            RequestMessage = request,
            Content = new ByteArrayContent([]),
        };
        response.Content.Headers.ContentType = s_contentType;
        response.Headers.TryAddWithoutValidation("grpc-status", StatusOf(error.Reason).ToString(CultureInfo.InvariantCulture));
        response.Headers.TryAddWithoutValidation("grpc-message", Encode(error.Message));
        return response;
    }

    private static int StatusOf(CallFailureReason reason) => reason switch
    {
        CallFailureReason.AllAtLimit or CallFailureReason.QueueTimeout => GrpcStatus.ResourceExhausted,
        CallFailureReason.DeadlineExceeded => GrpcStatus.DeadlineExceeded,
        _ => GrpcStatus.Unavailable,
    };

    /// <summary>Percent-encoding as in grpc/doc/PROTOCOL-HTTP2.md: what is printable ASCII stays, but for the percent sign.</summary>
    private static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (b is >= 0x20 and <= 0x7E and not (byte)'%')
            {
                encoded.Append((char)b);
            }
            else
            {
                encoded.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        return encoded.ToString();
    }
}
