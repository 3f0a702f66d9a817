namespace ClientLb.Http;

/// <summary>Bytes that were read already, or are being waited for, and then those of a stream.</summary>
internal sealed class ResumedStream : Stream
{
    private readonly Stream _rest;
    private ReadOnlyMemory<byte> _read;
    private ReadOnlyMemory<byte> _buffer;
    private Task<int>? _pending;

    /// <param name="read">What was read.</param>
    /// <param name="rest">What follows.</param>
    public ResumedStream(ReadOnlyMemory<byte> read, Stream rest) => (_read, _rest) = (read, rest);

    /// <param name="read">What was read.</param>
    /// <param name="pending">A read behind it that has not ended.</param>
    /// <param name="buffer">Where that one reads to.</param>
    /// <param name="rest">What follows.</param>
    public ResumedStream(ReadOnlyMemory<byte> read, Task<int> pending, ReadOnlyMemory<byte> buffer, Stream rest) =>
        (_read, _pending, _buffer, _rest) = (read, pending, buffer, rest);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException("The body of a response has no length before its end.");

    public override long Position
    {
        get => throw new NotSupportedException("The body of a response can't be rewound.");
        set => throw new NotSupportedException("The body of a response can't be rewound.");
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_read.IsEmpty && _pending is { } pending)
        {
            Arrived(pending.GetAwaiter().GetResult());
            return Take(buffer);
        }

        return _read.IsEmpty ? _rest.Read(buffer) : Take(buffer);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        !_read.IsEmpty ? new ValueTask<int>(Take(buffer.Span))
        : _pending is { } pending ? ReadPendingAsync(pending, buffer, cancellationToken)
        : _rest.ReadAsync(buffer, cancellationToken);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("The body of a response can't be rewound.");

    public override void SetLength(long value) => throw new NotSupportedException("The body of a response has no length to set.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("The body of a response can't be written.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _rest.Dispose();

            // Nobody else looks at how it ended.
            _ = _pending?.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadPendingAsync(Task<int> pending, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = await pending.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (buffer.IsEmpty)
        {
            // A look whether there is something: it must not take it.
            return 0;
        }

        Arrived(count);
        return Take(buffer.Span);
    }

    private void Arrived(int count)
    {
        _pending = null;
        _read = _buffer[..count];
        _buffer = default;
    }

    private int Take(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _read.Length);
        _read.Span[..count].CopyTo(buffer);
        _read = _read[count..];
        return count;
    }
}
