using ClientLb.Discovery;

namespace ClientLb.Clusters;

/// <summary>Chooses the source of a cluster, and puts round it what every source gets.</summary>
internal sealed class SourceSelection(IEnumerable<IEndpointSource> sources, INameResolver resolver, WarmStart? warmStart, ClusterServices services)
{
    private readonly IEndpointSource[] _sources = [.. sources];

    /// <summary>The source of a cluster; <see langword="null"/> where none serves it.</summary>
    public IEndpointSource? Choose(EndpointQuery query, ClusterOptions options)
    {
        var chosen = Find(query, options);

        // Round each part and not round the whole: one may be out of reach while the others are well.
        return chosen switch
        {
            null => null,
            MergedEndpointSource merged => new MergedEndpointSource(
                merged.Parts.Select(part => Wrap(query, part, options)), services.Clock, services.Random, services.Logger),
            _ => Wrap(query, chosen, options),
        };
    }

    /// <summary>The name of the endpoints that schemes in this order mean, where they are others than those that the cluster has without them.</summary>
    public string? EndpointNameOf(EndpointQuery query, ClusterOptions options, IReadOnlyList<string> schemes) =>
        (Find(query, options) as ServicesEndpointSource)?.NameOf(query, schemes);

    private IEndpointSource? Find(EndpointQuery query, ClusterOptions options) => options.Sources.Count == 0
        ? options.Source ?? Array.Find(_sources, source => source.Serves(query))
        : Named(query, options);

    private IEndpointSource? Named(EndpointQuery query, ClusterOptions options)
    {
        var named = new List<IEndpointSource>();
        foreach (var name in options.Sources)
        {
            // Set for this cluster in code, it serves it whatever it says.
            var source = options.Source is { } own && IsNamed(own, name) ? own : Array.Find(_sources, source => IsNamed(source, name) && source.Serves(query));
            if (source is null)
            {
                DiscoveryLog.SourceLeftOut(services.Logger, query.Cluster, name);
            }
            else
            {
                named.Add(source);
            }
        }

        return named.Count < 2 ? named.FirstOrDefault() : new MergedEndpointSource(named);
    }

    private IEndpointSource Wrap(EndpointQuery query, IEndpointSource source, ClusterOptions options)
    {
        if (query.EndpointName is { } name && !source.NamesEndpoints && !IsListOf(query, source, options))
        {
            source = new NamedEndpointSource(source, name);
        }

        if (source.ResolvesNames && options.Dns.Resolve)
        {
            source = new ResolvingEndpointSource(source, options.Dns, resolver, services.Clock, services.Random, services.Logger);
        }

        var selection = new ClusterSelection { Datacenter = query.Datacenter, Tags = query.Tags };
        return warmStart?.Wrap(query, source, source.Name + selection) ?? source;
    }

    // What is given to a cluster "_grpc.orders" itself is meant as it stands.
    private static bool IsListOf(EndpointQuery query, IEndpointSource source, ClusterOptions options) =>
        query.Cluster.StartsWith('_') && (source is ConfigurationEndpointSource || ReferenceEquals(source, options.Source));

    private static bool IsNamed(IEndpointSource source, string name) => string.Equals(source.Name, name, StringComparison.OrdinalIgnoreCase);
}
