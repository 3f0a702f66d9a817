using System.Threading.Channels;

namespace ClientLb.Tests.Http;

/// <summary>A body whose reads give what the test feeds, wait while there is nothing, and can be cancelled or closed while they wait.</summary>
internal sealed class ScriptedStream : Stream
{
    private readonly Channel<object> _feed = Channel.CreateUnbounded<object>();
    private readonly CancellationTokenSource _closed = new();
    private readonly MemoryStream _written = new();
    private ReadOnlyMemory<byte> _rest;

    public bool IsWritable { get; init; }

    public byte[] Written => _written.ToArray();

    public bool IsFlushed { get; private set; }

    public bool IsDisposed => _closed.IsCancellationRequested;

    public TaskCompletionSource ReadWaits { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => IsWritable;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public ScriptedStream Feed(string text)
    {
        _feed.Writer.TryWrite(System.Text.Encoding.UTF8.GetBytes(text));
        return this;
    }

    public ScriptedStream Fail(Exception error)
    {
        _feed.Writer.TryWrite(error);
        return this;
    }

    public ScriptedStream Finish()
    {
        _feed.Writer.TryComplete();
        return this;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var copy = new byte[buffer.Length];
        var count = ReadAsync(copy.AsMemory(), _closed.Token).AsTask().GetAwaiter().GetResult();
        copy.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_rest.Length > 0 || buffer.Length == 0)
        {
            return new ValueTask<int>(Take(buffer));
        }

        if (_feed.Reader.TryRead(out var item))
        {
            return item is Exception error ? throw error : new ValueTask<int>(Take((byte[])item, buffer));
        }

        return _feed.Reader.Completion.IsCompleted ? new ValueTask<int>(0) : WaitAsync(buffer, cancellationToken);
    }

    public override void Write(byte[] buffer, int offset, int count) => _written.Write(buffer, offset, count);

    public override void Flush() => IsFlushed = true;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _closed.Cancel();
        base.Dispose(disposing);
    }

    private async ValueTask<int> WaitAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var waiting = _feed.Reader.WaitToReadAsync(cancellationToken);
        ReadWaits.TrySetResult();
        if (!await waiting || !_feed.Reader.TryRead(out var item))
        {
            return 0;
        }

        return item is Exception error ? throw error : Take((byte[])item, buffer);
    }

    private int Take(byte[] bytes, Memory<byte> buffer)
    {
        _rest = bytes;
        return Take(buffer);
    }

    private int Take(Memory<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }
}
