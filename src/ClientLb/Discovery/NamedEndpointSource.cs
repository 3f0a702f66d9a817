using System.Globalization;
using System.Runtime.CompilerServices;
using ClientLb.Endpoints;

namespace ClientLb.Discovery;

/// <summary>
/// The endpoints of one name, of a source that knows instances only: each instance says in its metadata, under <c>port-{name}</c>, where it listens. Those that do not
/// are left out.
/// </summary>
internal sealed class NamedEndpointSource(IEndpointSource source, string name) : IEndpointSource
{
    private const string Scheme = "scheme";
    private const string Secure = "secure";

    private readonly string _key = "port-" + name;
    private readonly string _schemeKey = Scheme + "-" + name;

    public string Name => source.Name;

    /// <summary>The source of the instances.</summary>
    public IEndpointSource Source => source;

    public bool ResolvesNames => source.ResolvesNames;

    public bool NamesEndpoints => true;

    public bool Selects => source.Selects;

    public bool Serves(EndpointQuery query) => source.Serves(query);

    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(
        EndpointQuery query, IRefreshSignal refresh, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var update in source.WatchAsync(query, refresh, cancellationToken).ConfigureAwait(false))
        {
            yield return Named(update);
        }
    }

    private EndpointUpdate Named(EndpointUpdate update)
    {
        var endpoints = new List<EndpointDescriptor>(update.Endpoints.Count);
        foreach (var instance in update.Endpoints)
        {
            if (instance.Metadata.TryGetValue(_key, out var text)
                && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535)
            {
                endpoints.Add(At(instance, port));
            }
        }

        var left = update.Endpoints.Count - endpoints.Count;
        return update with
        {
            Endpoints = endpoints,
            Note = update.Note ?? (left == 0 ? null : $"{left} of {update.Endpoints.Count} instances have no port under {_key} in their metadata and are left out."),
        };
    }

    // What the instance says of its scheme is said of its usual port.
    private EndpointMetadata Metadata(EndpointMetadata given)
    {
        var scheme = given.TryGetValue(_schemeKey, out var said) ? said : name is "http" or "https" ? name : null;
        return scheme is null && !given.ContainsKey(Scheme) && !given.ContainsKey(Secure) ? given
            : EndpointMetadata.From(
                [
                    .. given.Where(static item => !item.Key.Equals(Scheme, StringComparison.OrdinalIgnoreCase) && !item.Key.Equals(Secure, StringComparison.OrdinalIgnoreCase)),
                    .. scheme is null ? Array.Empty<KeyValuePair<string, string>>() : [new(Scheme, scheme)],
                ]);
    }

    private EndpointDescriptor At(EndpointDescriptor instance, int port)
    {
        var isByAddress = instance.Id == EndpointDescriptor.Authority(instance.Host, instance.Port);
        return new(instance.Host, port)
        {
            Id = isByAddress ? EndpointDescriptor.Authority(instance.Host, port) : instance.Id,
            Weight = instance.Weight,
            Priority = instance.Priority,
            Locality = instance.Locality,
            Status = instance.Status,
            IsDegraded = instance.IsDegraded,
            Metadata = Metadata(instance.Metadata),
        };
    }
}
