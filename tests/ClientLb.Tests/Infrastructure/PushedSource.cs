using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ClientLb.Discovery;
using ClientLb.Endpoints;

namespace ClientLb.Tests.Infrastructure;

/// <summary>A source that says what a test makes it say.</summary>
internal sealed class PushedSource : IEndpointSource
{
    private readonly Channel<object> _items = Channel.CreateUnbounded<object>();
    private readonly Channel<IRefreshSignal> _watches = Channel.CreateUnbounded<IRefreshSignal>();

    public string Name { get; init; } = "pushed";

    public bool ResolvesNames { get; init; }

    /// <summary>True makes the watch overlook its token, as bad code does.</summary>
    public bool IgnoresToken { get; init; }

    public void Push(params EndpointDescriptor[] endpoints) => Push(new EndpointUpdate(endpoints, 1));

    public void Push(EndpointUpdate update) => _items.Writer.TryWrite(update);

    public void Break(Exception error) => _items.Writer.TryWrite(error);

    /// <summary>Completes the watch: the last list is final.</summary>
    public void Complete() => _items.Writer.Complete();

    /// <summary>Waits until a watch begins.</summary>
    public async Task<IRefreshSignal> NextWatchAsync() => await _watches.Reader.ReadAsync();

    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(
        EndpointQuery query, IRefreshSignal refresh, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _watches.Writer.TryWrite(refresh);
        await foreach (var item in _items.Reader.ReadAllAsync(IgnoresToken ? CancellationToken.None : cancellationToken))
        {
            yield return item is Exception error ? throw error : (EndpointUpdate)item;
        }
    }
}
