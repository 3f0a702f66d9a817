using System.Net;

namespace ClientLb.Http.Grpc;

/// <summary>The body of an answer of which the first bytes were looked at, or are being waited for.</summary>
internal sealed class GrpcAheadContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly Stream _body;

    /// <param name="inner">What the transport gave.</param>
    /// <param name="body">Its stream, from the first byte on.</param>
    /// <param name="hasBegun">True where a message has begun, or the answer has ended.</param>
    public GrpcAheadContent(HttpContent inner, Stream body, bool hasBegun)
    {
        _inner = inner;
        _body = body;
        HasBegun = hasBegun;
        HeaderCopy.Copy(inner.Headers, Headers);
    }

    /// <summary>True where a message has begun, or the answer has ended: what it says of its endpoint is known.</summary>
    public bool HasBegun { get; }

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => _body;

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult(_body);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _body.CopyToAsync(stream);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            base.Dispose(disposing);
            _inner.Dispose();
        }
    }
}
