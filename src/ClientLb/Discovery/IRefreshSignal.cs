namespace ClientLb.Discovery;

/// <summary>Tells a source that a fresh look would help. A source may ignore it.</summary>
public interface IRefreshSignal
{
    /// <summary>Waits until a refresh is asked for.</summary>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <returns>A task that ends with the next signal; signals in between are one.</returns>
    Task WaitAsync(CancellationToken cancellationToken);
}
