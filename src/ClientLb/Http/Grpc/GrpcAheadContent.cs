namespace ClientLb.Http.Grpc;

/// <summary>The body of an answer of which the first bytes were looked at, or are being waited for.</summary>
/// <param name="inner">What the transport gave.</param>
/// <param name="body">Its body, from the first byte on.</param>
/// <param name="hasBegun">True where a message has begun, or the answer has ended.</param>
internal sealed class GrpcAheadContent(HttpContent inner, ResumedStream body, bool hasBegun) : ResumedContent(inner, body)
{
    /// <summary>True where a message has begun, or the answer has ended: what it says of its endpoint is known.</summary>
    public bool HasBegun => hasBegun;
}
