namespace ClientLb.Discovery;

/// <summary>What a cluster asks a source for.</summary>
/// <param name="Cluster">The name of the cluster. Names ignore case.</param>
public sealed record EndpointQuery(string Cluster)
{
    /// <summary>The name of the service in the registry. Default: the cluster's name.</summary>
    public string Service { get; init; } = Cluster;

    /// <summary>
    /// Which of the service's endpoints, where it has several with names: <c>grpc</c> of <c>_grpc.orders</c>. <see langword="null"/>: the usual one.
    /// </summary>
    public string? EndpointName { get; init; }

    /// <summary>The data centre to ask in; <see langword="null"/>: the source's own settings decide. Heeded by sources with <see cref="IEndpointSource.Selects"/>.</summary>
    public string? Datacenter { get; init; }

    /// <summary>Tags that each endpoint must have; empty: the source's own settings decide. Heeded by sources with <see cref="IEndpointSource.Selects"/>.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];
}
