using System.Threading.Channels;
using ClientLb.Discovery;

namespace ClientLb.Tests.Discovery;

/// <summary>Reads a watch in the background and hands its updates to a test one by one.</summary>
internal sealed class UpdateReader : IAsyncDisposable
{
    private static readonly TimeSpan s_realLimit = TimeSpan.FromSeconds(20);

    private readonly Channel<EndpointUpdate> _updates = Channel.CreateUnbounded<EndpointUpdate>();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;

    public UpdateReader(Func<CancellationToken, IAsyncEnumerable<EndpointUpdate>> watch) => _reading = ReadAsync(watch);

    /// <summary>The next update.</summary>
    /// <exception cref="InvalidOperationException">The watch has completed. Where it threw, its exception instead.</exception>
    public async Task<EndpointUpdate> NextAsync()
    {
        if (!await _updates.Reader.WaitToReadAsync().AsTask().WaitAsync(s_realLimit) || !_updates.Reader.TryRead(out var update))
        {
            throw new InvalidOperationException("The watch has completed.");
        }

        return update;
    }

    /// <summary>Whether there is one that has not been taken.</summary>
    public bool HasMore => _updates.Reader.TryPeek(out _);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task ReadAsync(Func<CancellationToken, IAsyncEnumerable<EndpointUpdate>> watch)
    {
        try
        {
            await foreach (var update in watch(_stop.Token))
            {
                _updates.Writer.TryWrite(update);
            }

            _updates.Writer.Complete();
        }
        catch (Exception e)
        {
            _updates.Writer.Complete(e);
        }
    }
}
