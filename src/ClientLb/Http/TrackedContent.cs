using System.Buffers;
using System.Net;

namespace ClientLb.Http;

/// <summary>
/// The content of a response, with an eye on its body: who inherits from it learns of every arrival of bytes and, exactly once, of the end.
/// </summary>
/// <remarks>
/// <code>
///   open --(last byte)--> Complete      --(read fails)----------> Broken
///    |                                  --(no byte in time)-----> Idle
///    +--(disposed, cancelled, dropped: see BodyGuard)-----------> Abandoned
/// </code>
/// The first end wins. Trailers stay where they are, with the response.
/// </remarks>
internal abstract class TrackedContent : HttpContent
{
    private const int CopyBufferSize = 16 * 1024;
    private const byte Open = byte.MaxValue;

    private readonly HttpContent _inner;
    private BodyGuard? _guard;
    private readonly bool _isUpgrade;
    private readonly bool _hasOwnHeaders;
    private byte _end = Open;
    private bool _consumed;

    /// <summary>Wraps the content of a response.</summary>
    /// <param name="inner">What the transport gave: it is disposed with this content.</param>
    /// <param name="timeout">How long a read may wait for a byte; <see langword="null"/>: for ever.</param>
    /// <param name="isUpgrade">True when both sides talk from here on (101, or 200 to CONNECT): no limit, and only disposal is an end.</param>
    protected TrackedContent(HttpContent inner, BodyTimeout? timeout, bool isUpgrade)
    {
        _inner = inner;
        Timeout = isUpgrade ? null : timeout;
        _isUpgrade = isUpgrade;
        _hasOwnHeaders = !ContentHeaders.Hand(inner, this);
        _guard = BodyGuard.Over(this);
    }

    /// <summary>How long a read may wait for a byte; <see langword="null"/>: for ever.</summary>
    internal BodyTimeout? Timeout { get; }

    /// <summary>Where the bytes come from: closing it ends every read.</summary>
    internal HttpContent Inner => _inner;

    // The contents of System.Net.Http open without waiting, and by this way without a task. Others may only know the asynchronous one.
    private bool OpensAtOnce => _inner.GetType().Module == typeof(HttpContent).Module;

    /// <summary>Copies the rest of the body.</summary>
    /// <param name="opened">The transport's stream, left open; <see langword="null"/> opens and closes it.</param>
    /// <param name="target">Where to.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal async Task CopyAsync(Stream? opened, Stream target, CancellationToken cancellationToken)
    {
        var source = opened ?? (OpensAtOnce ? OpenInner(cancellationToken) : await OpenInnerAsync(cancellationToken).ConfigureAwait(false));
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBufferSize);
        try
        {
            int count;
            while ((count = await BodyReading.ReadAsync(this, source, buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (IOException error) when (opened is null && (Volatile.Read(ref _end) == (byte)BodyEnd.Idle || IsCutOff))
        {
            // As an IOException its message would end up behind "Error while copying content to a stream".
            throw new HttpRequestException(error.Message, error);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (opened is null)
            {
                source.Dispose();
                End(BodyEnd.Abandoned);
            }
        }
    }

    /// <summary>A read has succeeded.</summary>
    internal int Note(ReadOnlySpan<byte> read, int wanted)
    {
        if (read.Length > 0)
        {
            OnBytes(read);
        }
        else if (wanted > 0 && !_isUpgrade)
        {
            End(BodyEnd.Complete);
        }

        return read.Length;
    }

    /// <summary>The body has ended. Only the first call counts.</summary>
    internal void End(BodyEnd end)
    {
        if (Interlocked.CompareExchange(ref _end, (byte)end, Open) == Open)
        {
            // It guards another one from now on, which must not live as long as whoever keeps this one.
            var guard = _guard!;
            _guard = null;
            guard.Dismiss();
            OnEnd(end);
        }
    }

    /// <summary>Bytes of the body have come. Called once per read: no timestamp here.</summary>
    protected abstract void OnByte();

    /// <summary>The same, with the bytes.</summary>
    protected virtual void OnBytes(ReadOnlySpan<byte> bytes) => OnByte();

    /// <summary>The body has ended: called exactly once, on any thread, the finalizer's included.</summary>
    protected abstract void OnEnd(BodyEnd end);

    /// <summary>Who sends the body, for messages: the endpoint and its cluster.</summary>
    protected internal abstract string Describe();

    /// <summary>True where we have ended it ourselves.</summary>
    protected internal virtual bool IsCutOff => false;

    /// <inheritdoc />
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => CopyAsync(null, stream, CancellationToken.None);

    /// <inheritdoc />
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        CopyAsync(null, stream, cancellationToken);

    /// <inheritdoc />
    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        using var body = CreateContentReadStream(cancellationToken);
        body.CopyTo(stream, CopyBufferSize);
    }

    /// <inheritdoc />
    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) =>
        new TrackedStream(this, OpenInner(cancellationToken));

    /// <inheritdoc />
    protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

    /// <inheritdoc />
    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        new TrackedStream(
            this,
            OpensAtOnce ? OpenInner(cancellationToken) : await OpenInnerAsync(cancellationToken).ConfigureAwait(false));

    /// <inheritdoc />
    protected override bool TryComputeLength(out long length)
    {
        // Where the headers are those of the inner content, they have been asked before this one is.
        var known = _hasOwnHeaders ? _inner.Headers.ContentLength : null;
        length = known ?? 0;
        return known is not null;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // The connection first: who hears of the end may dispose the handler.
            base.Dispose(disposing);
            _inner.Dispose();
            End(BodyEnd.Abandoned);
        }
    }

    private Stream OpenInner(CancellationToken cancellationToken)
    {
        ConsumeOnce();
        return _inner.ReadAsStream(cancellationToken);
    }

    private Task<Stream> OpenInnerAsync(CancellationToken cancellationToken)
    {
        ConsumeOnce();
        return _inner.ReadAsStreamAsync(cancellationToken);
    }

    private void ConsumeOnce()
    {
        // Without this a second reader would find an empty body rather than an error.
        if (_consumed)
        {
            throw new InvalidOperationException("The body of the response has been read already. It can't be read again.");
        }

        _consumed = true;
    }
}
