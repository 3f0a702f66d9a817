namespace ClientLb.ServiceDiscovery;

/// <summary>Which names ClientLb answers where Microsoft.Extensions.ServiceDiscovery asks.</summary>
public sealed class ClientLbServiceEndpointProviderOptions
{
    /// <summary>
    /// Whether a name is answered that neither code nor configuration gives to a cluster; each such name becomes a cluster, and its source is asked.
    /// Default: none. With Consul as the source of everything: <c>static _ => true</c>, for which other providers have to be registered before it.
    /// </summary>
    public Func<string, bool>? Serves { get; set; }
}
