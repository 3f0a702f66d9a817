using ClientLb.Endpoints;
using Microsoft.Extensions.Logging;

namespace ClientLb.Discovery;

/// <summary>Looks up the host names that a source lists: each address is an endpoint of its own, and names are looked up again and again.</summary>
internal sealed class ResolvingEndpointSource(
    IEndpointSource source, DnsOptions options, INameResolver resolver, MonotonicClock clock, IRandomSource random, ILogger logger) : IEndpointSource
{
    private readonly Dictionary<string, NameExpansion.Known> _names = new(StringComparer.OrdinalIgnoreCase);

    public string Name => source.Name;

    public bool Selects => source.Selects;

    public bool Serves(EndpointQuery query) => source.Serves(query);

    /// <summary>Watches; one watch at a time.</summary>
    public IAsyncEnumerable<EndpointUpdate> WatchAsync(EndpointQuery query, IRefreshSignal refresh, CancellationToken cancellationToken) =>
        new ResolvingWatch(source, query, _names, options, resolver, clock, random, logger).RunAsync(refresh, cancellationToken);
}
