using System.Runtime.ExceptionServices;

namespace ClientLb.Http;

/// <summary>Passes what is written on to the wire, and takes it down.</summary>
/// <remarks>When the wire breaks it goes on taking down: the next attempt needs the whole body, and the content can't start over.</remarks>
internal sealed class RecordingStream : Stream
{
    private readonly Stream _wire;
    private readonly BodyRecord _record;
    private ExceptionDispatchInfo? _broken;

    public RecordingStream(Stream wire, BodyRecord record)
    {
        _wire = wire;
        _record = record;
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The content has written everything.</summary>
    /// <exception cref="IOException">The wire broke on the way: thrown as the wire threw it.</exception>
    public void Complete()
    {
        _record.Complete();
        _broken?.Throw();
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _record.Append(buffer);
        if (_broken is not null)
        {
            ThrowUnlessRecording();
            return;
        }

        try
        {
            _wire.Write(buffer);
        }
        catch (Exception error) when (error is not OperationCanceledException && _record.IsOpen)
        {
            _broken = ExceptionDispatchInfo.Capture(error);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _record.Append(buffer.Span);
        if (_broken is not null)
        {
            ThrowUnlessRecording();
            return;
        }

        try
        {
            await _wire.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException && _record.IsOpen)
        {
            _broken = ExceptionDispatchInfo.Capture(error);
        }
    }

    public override void Flush()
    {
        if (_broken is null)
        {
            _wire.Flush();
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        _broken is null ? _wire.FlushAsync(cancellationToken) : Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void ThrowUnlessRecording()
    {
        if (!_record.IsOpen)
        {
            _broken!.Throw();
        }
    }
}
