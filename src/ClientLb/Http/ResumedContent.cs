namespace ClientLb.Http;

/// <summary>A body that was too large to be read beforehand: what was read of it, and then the rest as it comes.</summary>
internal class ResumedContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly Stream _body;

    /// <param name="inner">What the transport gave.</param>
    /// <param name="body">Its body, from the first byte on.</param>
    public ResumedContent(HttpContent inner, ResumedStream body)
    {
        _inner = inner;
        _body = body;
        HeaderCopy.Copy(inner.Headers, Headers);
    }

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => _body;

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult(_body);

    protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) => _body.CopyToAsync(stream);

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
