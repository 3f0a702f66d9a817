namespace ClientLb.Http;

/// <summary>A body that was too large to be read beforehand: what was read of it, and then the rest as it comes.</summary>
internal sealed class ResumedContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly ResumedStream _body;

    public ResumedContent(HttpContent inner, byte[] read, int count, Stream rest)
    {
        _inner = inner;
        _body = new ResumedStream(read.AsMemory(0, count), rest);
        HeaderCopy.Copy(inner.Headers, Headers);
    }

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => _body;

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(_body);

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
