namespace ClientLb.Http.Grpc;

/// <summary>A stream whose first bytes are being waited for already.</summary>
internal sealed class PendingStream(Task<int> first, byte[] bytes, Stream rest) : Stream
{
    private Task<int>? _first = first;
    private ReadOnlyMemory<byte> _read;

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
        if (Interlocked.Exchange(ref _first, null) is { } first)
        {
            _read = bytes.AsMemory(0, first.GetAwaiter().GetResult());
            return Take(buffer);
        }

        return _read.IsEmpty ? rest.Read(buffer) : Take(buffer);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _first is not null ? ReadFirstAsync(buffer, cancellationToken)
        : _read.IsEmpty ? rest.ReadAsync(buffer, cancellationToken)
        : new ValueTask<int>(Take(buffer.Span));

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
            rest.Dispose();

            // Nobody else looks at how it ended.
            _ = _first?.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty)
        {
            // A look whether there is something: it must not take it.
            await _first!.WaitAsync(cancellationToken).ConfigureAwait(false);
            return 0;
        }

        var count = await _first!.WaitAsync(cancellationToken).ConfigureAwait(false);
        _first = null;
        _read = bytes.AsMemory(0, count);
        return Take(buffer.Span);
    }

    private int Take(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _read.Length);
        _read.Span[..count].CopyTo(buffer);
        _read = _read[count..];
        return count;
    }
}
