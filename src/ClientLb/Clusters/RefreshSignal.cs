using ClientLb.Discovery;

namespace ClientLb.Clusters;

/// <summary>Wakes a source. Signals that come while nobody waits are kept as one.</summary>
internal sealed class RefreshSignal : IRefreshSignal, IDisposable
{
    private readonly SemaphoreSlim _semaphore = new(0, 1);

    public void Signal()
    {
        try
        {
            _semaphore.Release();
        }
        catch (SemaphoreFullException)
        {
            // One is pending already.
        }
        catch (ObjectDisposedException)
        {
            // The cluster has ended.
        }
    }

    public Task WaitAsync(CancellationToken cancellationToken) => _semaphore.WaitAsync(cancellationToken);

    public void Dispose() => _semaphore.Dispose();
}
