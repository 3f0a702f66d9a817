using System.Globalization;

namespace ClientLb.Endpoints;

/// <summary>
/// What a source says of one endpoint: a value. Two descriptors are equal when every part is, metadata included, so equal
/// means that nothing has changed.
/// </summary>
public sealed record EndpointDescriptor
{
    /// <summary>Creates a descriptor.</summary>
    /// <param name="host">A host name or an IP address, without brackets.</param>
    /// <param name="port">The port, 1 to 65535.</param>
    /// <exception cref="ArgumentException">The host is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The port is outside 1 to 65535.</exception>
    public EndpointDescriptor(string host, int port)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(host);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, 65535);
        Host = host;
        Port = port;
        Id = Authority(host, port);
    }

    /// <summary>A host name or an IP address, without brackets.</summary>
    public string Host { get; }

    /// <summary>The port, 1 to 65535.</summary>
    public int Port { get; }

    /// <summary>
    /// What the endpoint is called wherever it runs: unique in its cluster, stable over restarts. Default <c>host:port</c>; Consul:
    /// <c>dc/node/service-id</c>. With host and port it is the identity of the live endpoint.
    /// </summary>
    public string Id { get; init; }

    /// <summary>The share of the traffic relative to the others, 0 to 65535. Default 1; 0 drains the endpoint.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Lower first: an endpoint of a higher number is used where no eligible one of a lower number is left. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>Where it runs. Default: unknown.</summary>
    public Locality Locality { get; init; } = Locality.Unknown;

    /// <summary>What the registry says of its health. Default: passing.</summary>
    public RegistryStatus Status { get; init; }

    /// <summary>
    /// True where the source wants less traffic for it and its <see cref="Weight"/> does not say so yet: it gets <c>LoadBalancing:DegradedWeight</c> of it.
    /// Consul: some check warns, and the weight for that is the usual one. Default false.
    /// </summary>
    public bool IsDegraded { get; init; }

    /// <summary>Everything else that the source says. Default: nothing.</summary>
    public EndpointMetadata Metadata { get; init; } = EndpointMetadata.Empty;

    /// <summary>True when it should get nothing new: weight 0, maintenance, or <see cref="EndpointMetadata.DrainKey"/> in the metadata.</summary>
    public bool IsDraining => Weight <= 0 || Status == RegistryStatus.Maintenance || Metadata.SaysDrain;

    /// <summary><c>host:port</c>, with brackets round an IPv6 address.</summary>
    /// <param name="host">A host name or an IP address.</param>
    /// <param name="port">The port.</param>
    /// <returns>The authority as it stands in a URI.</returns>
    public static string Authority(string host, int port) => host.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{host}]:{port}")
        : string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
}
