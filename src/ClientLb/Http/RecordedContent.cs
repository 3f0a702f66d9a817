using System.Net;

namespace ClientLb.Http;

/// <summary>Sends a content whose length nobody knows and keeps a copy on the way, so that it can be sent again.</summary>
/// <remarks>
/// Made for JSON. To make its text twice might make two texts: a lazy sequence may run dry. To make it beforehand would hold a large body in
/// memory whole. So the first attempt sends and records; a body larger than the limit loses its copy and goes on.
/// </remarks>
internal sealed class RecordedContent : HttpContent
{
    private readonly BodyRecord _record;

    public RecordedContent(HttpContent inner, BodyRecord record)
    {
        Inner = inner;
        _record = record;
        HeaderCopy.Copy(inner.Headers, Headers);
    }

    /// <summary>What it sends. Disposed by its owner, the caller.</summary>
    public HttpContent Inner { get; }

    /// <inheritdoc />
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc />
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // SocketsHttpHandler itself sends once more what a peer has refused over HTTP/2.
        if (_record.TryGet(out var bytes))
        {
            await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            return;
        }

        _record.Begin();
        var recording = new RecordingStream(stream, _record);
        await Inner.CopyToAsync(recording, context, cancellationToken).ConfigureAwait(false);
        recording.Complete();
    }

    /// <inheritdoc />
    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (_record.TryGet(out var bytes))
        {
            stream.Write(bytes.Span);
            return;
        }

        _record.Begin();
        var recording = new RecordingStream(stream, _record);
        Inner.CopyTo(recording, context, cancellationToken);
        recording.Complete();
    }

    /// <inheritdoc />
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
