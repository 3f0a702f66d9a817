using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ClientLb.Discovery;
using ClientLb.Endpoints;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>A source whose list a test changes.</summary>
internal sealed class GrowingSource : IEndpointSource
{
    private readonly Channel<EndpointUpdate> _updates = Channel.CreateUnbounded<EndpointUpdate>();

    public string Name => "growing";

    public void Push(params EndpointDescriptor[] endpoints) => _updates.Writer.TryWrite(new EndpointUpdate(endpoints, 1));

    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(
        EndpointQuery query, IRefreshSignal refresh, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var update in _updates.Reader.ReadAllAsync(cancellationToken))
        {
            yield return update;
        }
    }
}
