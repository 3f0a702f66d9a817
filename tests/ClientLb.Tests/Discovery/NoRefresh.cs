using ClientLb.Discovery;

namespace ClientLb.Tests.Discovery;

internal sealed class NoRefresh : IRefreshSignal
{
    public static NoRefresh Instance { get; } = new();

    public Task WaitAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);
}
