using System.Collections.Concurrent;
using ClientLb.Discovery;
using ClientLb.Settings;
using ClientLb.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ClientLb.Clusters;

/// <summary>The clusters of a container, one per name, created on first use and ended with it.</summary>
public sealed class ClusterRegistry : IAsyncDisposable, IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Entry>> _clusters = new(StringComparer.OrdinalIgnoreCase);
    private readonly SourceSelection _sources;
    private readonly IOptionsFactory<ClusterOptions> _factory;
    private readonly IOptionsChangeTokenSource<ClusterOptions>[] _changes;
    private readonly ClusterNames _names;
    private readonly IConfiguration? _configuration;
    private readonly ClusterServices _services;
    private volatile HashSet<string>? _known;
    private volatile ConcurrentDictionary<(string Host, string Scheme), string> _namesByScheme = new();
    private IDisposable? _knownUntil;
    private int _disposed;

    // Asked for by every request that passes through: read again only after a change of the configuration.
    private HashSet<string> Known => _known ?? ReadKnown();

    internal ClusterRegistry(
        SourceSelection sources, IOptionsFactory<ClusterOptions> factory, IEnumerable<IOptionsChangeTokenSource<ClusterOptions>> changes,
        ClusterNames names, IConfiguration? configuration, ClusterServices services)
    {
        _sources = sources;
        _factory = factory;
        _changes = [.. changes];
        _names = names;
        _configuration = configuration;
        _services = services;
        services.Metrics.Observe(
            () => All.SelectMany(ClusterMeasures.InFlight), () => All.SelectMany(ClusterMeasures.Endpoints), () => All.SelectMany(ClusterMeasures.DiscoveryAge));
        services.Metrics.ObserveBreakers(() => All.SelectMany(ClusterMeasures.Breaker));
        services.Metrics.ObserveLimits(() => All.SelectMany(ClusterMeasures.AdaptiveLimits), () => All.Select(ClusterMeasures.Waiting));
    }

    /// <summary>The clusters that are in use.</summary>
    public IEnumerable<Cluster> All => _clusters.Values.Where(static entry => entry.IsValueCreated).Select(static entry => entry.Value.Cluster);

    /// <summary>The names that code or configuration gives to clusters.</summary>
    public IEnumerable<string> KnownNames => Known;

    /// <summary>The cluster of a name, created and started if need be.</summary>
    /// <param name="name">The name; case does not matter.</param>
    /// <returns>The cluster.</returns>
    /// <exception cref="OptionsValidationException">Its settings are not valid.</exception>
    /// <exception cref="InvalidOperationException">No source serves it.</exception>
    /// <exception cref="ObjectDisposedException">The container has been disposed.</exception>
    public Cluster Get(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return Get(name, new ClusterSelection());
    }

    /// <summary>A part of the cluster of a name: a cluster of its own, with the settings of the whole one, created and started if need be.</summary>
    /// <param name="name">The name of the whole cluster; case does not matter.</param>
    /// <param name="selection">Which part.</param>
    /// <returns>The cluster. Its name is that of the whole one and the selection behind it, for example <c>orders?dc=dc2</c>.</returns>
    /// <exception cref="OptionsValidationException">Its settings are not valid.</exception>
    /// <exception cref="InvalidOperationException">No source serves it, or its source can't select so.</exception>
    /// <exception cref="ObjectDisposedException">The container has been disposed.</exception>
    public Cluster Get(string name, ClusterSelection selection)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(selection);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        var whole = name;
        name = selection.IsWhole ? name : name + selection;
        var entry = _clusters.TryGetValue(name, out var known) ? known : _clusters.GetOrAdd(name, new Lazy<Entry>(() => Create(whole, selection)));
        try
        {
            var cluster = entry.Value.Cluster;
            if (Volatile.Read(ref _disposed) != 0)
            {
                // The container ended meanwhile and may not have seen it.
                entry.Value.Options.Dispose();
                cluster.Dispose();
            }

            return cluster;
        }
        catch
        {
            // The next try may find better settings.
            _clusters.TryRemove(new KeyValuePair<string, Lazy<Entry>>(name, entry));
            throw;
        }
    }

    /// <summary>Whether code or configuration has a cluster of this name.</summary>
    /// <param name="name">The name; case does not matter.</param>
    /// <returns>True when it is known.</returns>
    /// <remarks><c>_grpc.orders</c>, the endpoints <c>grpc</c> of <c>orders</c>, is known where <c>orders</c> is.</remarks>
    public bool IsKnown(string name) =>
        _clusters.ContainsKey(name) || Known.Contains(name) || (name is ['_', ..] && ServiceReference.Parse(name) is { EndpointName: not null } named && Known.Contains(named.Service));

    /// <summary>The cluster that a host means under a list of schemes: another than without it where the section <c>Services</c> has a list for each scheme.</summary>
    internal string NameOf(string host, IReadOnlyList<string> schemes)
    {
        if (schemes.Count < 2 || host is ['_', ..] || !IsKnown(host))
        {
            return host;
        }

        var names = _namesByScheme;
        return names.GetOrAdd((host, schemes[0]), static (key, state) =>
        {
            var name = state.registry.Written(key.Host);
            var options = state.registry._factory.Create(name);
            var query = new EndpointQuery(name) { Service = options.Service ?? name };
            return state.registry._sources.EndpointNameOf(query, options, state.schemes) is { } list ? $"_{list}.{name}" : name;
        }, (registry: this, schemes));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var entry in TakeAll())
        {
            entry.Options.Dispose();
            entry.Cluster.Dispose();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        var entries = TakeAll();
        foreach (var entry in entries)
        {
            entry.Options.Dispose();
        }

        await Task.WhenAll(entries.Select(static entry => entry.Cluster.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    private List<Entry> TakeAll()
    {
        Interlocked.Exchange(ref _disposed, 1);
        Interlocked.Exchange(ref _knownUntil, null)?.Dispose();
        var entries = _clusters.Values.Where(static entry => entry.IsValueCreated).Select(static entry => entry.Value).ToList();
        _clusters.Clear();
        return entries;
    }

    private HashSet<string> ReadKnown()
    {
        // The token first: a change while the names are read comes to the callback below at once.
        var token = _configuration?.GetReloadToken();
        var known = new HashSet<string>(_names.Names.Concat(Children(ClusterOptions.Section)).Concat(Children("Services")), StringComparer.OrdinalIgnoreCase);
        _known = known;
        if (token is not null && Volatile.Read(ref _disposed) == 0)
        {
            var until = token.RegisterChangeCallback(static registry => ((ClusterRegistry)registry!).Forget(), this);
            Interlocked.Exchange(ref _knownUntil, until)?.Dispose();
        }

        return known;
    }

    private void Forget()
    {
        _known = null;
        _namesByScheme = new();
    }

    private IEnumerable<string> Children(string section) => _configuration?.GetSection(section).GetChildren().Select(static child => child.Key) ?? [];

    /// <summary>The name as it was written where it was given: a host in a URI is always lower case.</summary>
    private string Written(string asked)
    {
        var name = _names.Canonical(asked);
        return _names.Names.Contains(name) ? name : KnownNames.FirstOrDefault(known => string.Equals(known, asked, StringComparison.OrdinalIgnoreCase)) ?? asked;
    }

    private Entry Create(string asked, ClusterSelection selection)
    {
        // The endpoints of a name are a cluster of their own, with the settings of their service where they have none.
        var named = ServiceReference.Parse(asked);
        var isNamed = asked is ['_', ..] && named.EndpointName is not null;
        var name = Written(isNamed && !Known.Contains(asked) ? named.Service : asked);

        var section = $"{ClusterOptions.Section}:{name}";
        var options = new ReloadableOptions<ClusterOptions>(name, _factory, _changes,
            e => _services.Logger.ReloadRefused(section, e is OptionsValidationException invalid ? string.Join(" ", invalid.Failures) : e.Message));
        var service = options.Current.Service;
        var query = new EndpointQuery(name)
        {
            // A service that is set for the named endpoints alone has them under its own name.
            Service = service ?? (isNamed ? Written(named.Service) : name),
            EndpointName = isNamed && (service is null || name is not ['_', ..]) ? named.EndpointName : null,
            Datacenter = selection.Datacenter,
            Tags = selection.Tags,
        };
        var source = _sources.Choose(query, options.Current);
        if (source is not null && !source.Selects && (selection.Datacenter is not null || selection.Tags.Count > 0))
        {
            options.Dispose();
            throw new InvalidOperationException(
                $"The source '{source.Name}' of the cluster '{name}' can't select by data centre or tag ('{selection}'): Consul can. A subset, which is by metadata, goes with any source.");
        }

        if (source is null)
        {
            options.Dispose();
            throw new InvalidOperationException(
                $"No source knows the cluster '{name}'. Add {section}:Endpoints to the configuration, register a registry (AddConsul()), " +
                "or set ClusterOptions.Source. Known clusters: " + (KnownNames.Any() ? string.Join(", ", KnownNames) : "none") + ".");
        }

        var first = options.Current;
        source = selection.Subset is { } subset ? new SubsetEndpointSource(source, subset.Key, subset.Value) : source;
        var whole = isNamed ? $"_{named.EndpointName}.{Written(named.Service)}" : name;
        var cluster = new Cluster(whole + selection, first, source, _services, query, host: isNamed ? Written(named.Service) : name);
        options.Changed += cluster.Configure;
        if (!ReferenceEquals(first, options.Current))
        {
            cluster.Configure(options.Current);
        }

        cluster.Start();
        return new Entry(cluster, options);
    }

    private sealed record Entry(Cluster Cluster, ReloadableOptions<ClusterOptions> Options);
}
