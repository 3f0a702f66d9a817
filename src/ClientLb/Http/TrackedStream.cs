namespace ClientLb.Http;

/// <summary>The body of a response as a stream: every read passes by its <see cref="TrackedContent"/>; writes, where there are any, pass through.</summary>
internal sealed class TrackedStream : Stream
{
    private readonly TrackedContent _content;
    private readonly Stream _inner;

    public TrackedStream(TrackedContent content, Stream inner)
    {
        _content = content;
        _inner = inner;
    }

    public override bool CanRead => _inner.CanRead;

    /// <summary>True after an upgrade, until its end.</summary>
    public override bool CanWrite => _inner.CanWrite;

    public override bool CanSeek => false;

    public override bool CanTimeout => _inner.CanTimeout;

    public override long Length => throw new NotSupportedException("The body of a response has no length before its end.");

    public override long Position
    {
        get => throw new NotSupportedException("The body of a response can't be rewound.");
        set => throw new NotSupportedException("The body of a response can't be rewound.");
    }

    public override int ReadTimeout
    {
        get => _inner.ReadTimeout;
        set => _inner.ReadTimeout = value;
    }

    public override int WriteTimeout
    {
        get => _inner.WriteTimeout;
        set => _inner.WriteTimeout = value;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return BodyReading.Read(_content, _inner, buffer.AsSpan(offset, count));
    }

    public override int Read(Span<byte> buffer) => BodyReading.Read(_content, _inner, buffer);

    public override int ReadByte()
    {
        Span<byte> one = stackalloc byte[1];
        return BodyReading.Read(_content, _inner, one) == 0 ? -1 : one[0];
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return BodyReading.ReadAsync(_content, _inner, buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        BodyReading.ReadAsync(_content, _inner, buffer, cancellationToken);

    public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback, state);

    public override int EndRead(IAsyncResult asyncResult) => TaskToAsyncResult.End<int>(asyncResult);

    public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        ValidateCopyToArguments(destination, bufferSize);
        return _content.CopyAsync(_inner, destination, cancellationToken);
    }

    public override void Write(byte[] buffer, int offset, int count) => _inner.Write(buffer, offset, count);

    public override void Write(ReadOnlySpan<byte> buffer) => _inner.Write(buffer);

    public override void WriteByte(byte value) => _inner.WriteByte(value);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        _inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _inner.WriteAsync(buffer, cancellationToken);

    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(WriteAsync(buffer, offset, count, CancellationToken.None), callback, state);

    public override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

    public override void Flush() => _inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("The body of a response can't be rewound.");

    public override void SetLength(long value) => throw new NotSupportedException("The body of a response has no length to set.");

    public override async ValueTask DisposeAsync()
    {
        // The connection first: who hears of the end may dispose the handler.
        await _inner.DisposeAsync().ConfigureAwait(false);
        _content.End(BodyEnd.Abandoned);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
            _content.End(BodyEnd.Abandoned);
        }

        base.Dispose(disposing);
    }
}
