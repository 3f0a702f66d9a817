using System.Net;

namespace ClientLb.Consul;

/// <summary>The content of an answer, which uses its handler until it is disposed.</summary>
internal sealed class ConsulLeasedContent : HttpContent
{
    private readonly HttpContent _content;
    private ConsulHandlerLife? _life;

    public ConsulLeasedContent(HttpContent content, ConsulHandlerLife life)
    {
        _content = content;
        _life = life;
        foreach (var (name, values) in content.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _content.CopyToAsync(stream, context);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        _content.CopyToAsync(stream, context, cancellationToken);

    protected override Task<Stream> CreateContentReadStreamAsync() => _content.ReadAsStreamAsync();

    protected override Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) => _content.ReadAsStreamAsync(cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = _content.Headers.ContentLength ?? 0;
        return _content.Headers.ContentLength is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _content.Dispose();
            Interlocked.Exchange(ref _life, null)?.Leave();
        }

        base.Dispose(disposing);
    }
}
