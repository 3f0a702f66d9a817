namespace ClientLb.Discovery;

/// <summary>Which addresses of a name are endpoints.</summary>
public enum DnsFamily
{
    /// <summary>
    /// The IPv4 addresses where the name has any, else those of IPv6: a name with both is one host with two ways to it, not two endpoints.
    /// </summary>
    Auto,

    /// <summary>The IPv4 addresses (A).</summary>
    IPv4,

    /// <summary>The IPv6 addresses (AAAA).</summary>
    IPv6,

    /// <summary>All of them.</summary>
    All,
}
