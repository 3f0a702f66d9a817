namespace ClientLb.Discovery;

/// <summary>Where endpoints come from: the only contract of discovery. Implement it to bring a registry of your own.</summary>
public interface IEndpointSource
{
    /// <summary>
    /// What it is called where a cluster chooses its sources (<c>ClientLb:Clusters:{name}:Sources</c>); names ignore case. Default: the name of its
    /// type. Those of ClientLb are <c>configuration</c>, <c>services</c>, <c>static</c> and <c>consul</c>.
    /// </summary>
    string Name => GetType().Name;

    /// <summary>
    /// Whether ClientLb looks up the host names that it lists: each address is then an endpoint of its own, looked up again regularly.
    /// Default: no, names are dialled as they are.
    /// </summary>
    bool ResolvesNames => false;

    /// <summary>
    /// Whether it heeds <see cref="EndpointQuery.EndpointName"/> itself. Default: no. ClientLb then takes the port from what each instance says in its metadata,
    /// <c>port-{name}</c>, and leaves out those that say nothing.
    /// </summary>
    bool NamesEndpoints => false;

    /// <summary>Whether it heeds <see cref="EndpointQuery.Datacenter"/> and <see cref="EndpointQuery.Tags"/>. Default: no, and who asks for one is told so.</summary>
    bool Selects => false;

    /// <summary>Whether this source knows the cluster. The first registered source that does serves it. Default: yes.</summary>
    /// <param name="query">What is asked for.</param>
    /// <returns>True to serve it.</returns>
    bool Serves(EndpointQuery query) => true;

    /// <summary>
    /// Watches the endpoints of a cluster. Every item is the complete current set. When the enumeration throws, the watch broke: it is
    /// started again after a back-off and the last good set stays in force. When it completes, the last set is final.
    /// </summary>
    /// <param name="query">What is asked for.</param>
    /// <param name="refresh">Is signalled when a fresh look would help, for example because every endpoint fails.</param>
    /// <param name="cancellationToken">Stops the watch.</param>
    /// <returns>The updates.</returns>
    IAsyncEnumerable<EndpointUpdate> WatchAsync(EndpointQuery query, IRefreshSignal refresh, CancellationToken cancellationToken);
}
