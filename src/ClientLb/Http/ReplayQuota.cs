namespace ClientLb.Http;

/// <summary>How many bytes of request bodies are held so that they can be sent again.</summary>
internal sealed class ReplayQuota
{
    /// <summary>The most of one call: 64 KB.</summary>
    public const int PerCall = 64 * 1024;

    private readonly long _capacity;
    private long _held;

    public ReplayQuota(long capacity) => _capacity = capacity;

    /// <summary>The one of the process: 16 MB, 256 calls with the largest bodies at once.</summary>
    public static ReplayQuota Process { get; } = new(16 * 1024 * 1024);

    /// <summary>What is held now.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Takes room for some bytes, or none.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= _capacity)
        {
            return true;
        }

        Return(bytes);
        return false;
    }

    /// <summary>Gives room back.</summary>
    public void Return(long bytes) => Interlocked.Add(ref _held, -bytes);
}
