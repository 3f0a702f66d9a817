using System.Threading.Channels;

namespace ClientLb.Discovery;

/// <summary>Wakes a source. Signals that come while nobody waits are kept as one.</summary>
internal sealed class RefreshSignal : IRefreshSignal
{
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Signal() => _signals.Writer.TryWrite(true);

    public Task WaitAsync(CancellationToken cancellationToken) => _signals.Reader.ReadAsync(cancellationToken).AsTask();
}
