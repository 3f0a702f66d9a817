namespace ClientLb.Http;

/// <summary>The bytes of one request body, taken down while it is sent for the first time.</summary>
/// <remarks>An attempt that was given up may still be writing when the call asks, or ends: hence the lock.</remarks>
internal sealed class BodyRecord
{
    private const int FirstBlock = 1024;

    private readonly ReplayQuota _quota;
    private readonly Lock _gate = new();
    private byte[]? _bytes = [];
    private int _length;
    private bool _begun;
    private bool _complete;

    public BodyRecord(ReplayQuota quota) => _quota = quota;

    /// <summary>True once somebody has begun to send the body.</summary>
    public bool IsBegun
    {
        get
        {
            lock (_gate)
            {
                return _begun;
            }
        }
    }

    /// <summary>True as long as it takes bytes down: neither too large nor given up.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_gate)
            {
                return _bytes is not null && !_complete;
            }
        }
    }

    /// <summary>The whole body, if it is here.</summary>
    public bool TryGet(out ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            bytes = _complete ? _bytes.AsMemory(0, _length) : default;
            return _complete;
        }
    }

    /// <summary>The body starts, or starts again.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _begun = true;
            _length = 0;
        }
    }

    /// <summary>Takes down the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_bytes is null || _complete)
            {
                return;
            }

            var length = _length + bytes.Length;
            if (length > _bytes.Length && !TryGrow(length))
            {
                DropUnderLock();
                return;
            }

            bytes.CopyTo(_bytes.AsSpan(_length));
            _length = length;
        }
    }

    /// <summary>That was all of it.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _complete = _bytes is not null;
        }
    }

    /// <summary>Gives the bytes up.</summary>
    public void Drop()
    {
        lock (_gate)
        {
            DropUnderLock();
        }
    }

    private bool TryGrow(int length)
    {
        if (length > ReplayQuota.PerCall)
        {
            return false;
        }

        var size = Math.Min(ReplayQuota.PerCall, Math.Max(FirstBlock, Math.Max(length, 2 * _bytes!.Length)));
        if (!_quota.TryTake(size - _bytes!.Length))
        {
            return false;
        }

        // Never a pooled array: an attempt that was given up may still be sending from it.
        Array.Resize(ref _bytes, size);
        return true;
    }

    private void DropUnderLock()
    {
        _quota.Return(_bytes?.Length ?? 0);
        _bytes = null;
        _complete = false;
    }
}
