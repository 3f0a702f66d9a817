using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Discovery;

/// <summary>Of the endpoints of a source those whose metadata has a value.</summary>
internal sealed class SubsetEndpointSource(IEndpointSource inner, string key, string value) : IEndpointSource
{
    public string Name => inner.Name;

    public bool Selects => inner.Selects;

    public bool Serves(EndpointQuery query) => inner.Serves(query);

    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(
        EndpointQuery query, IRefreshSignal refresh, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var update in inner.WatchAsync(query, refresh, cancellationToken).ConfigureAwait(false))
        {
            yield return update with { Endpoints = [.. update.Endpoints.Where(IsIn)] };
        }
    }

    private bool IsIn(EndpointDescriptor endpoint) => endpoint.Metadata.TryGetValue(key, out var given) && given == value;
}
