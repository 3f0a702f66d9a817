namespace ClientLb.Consul.Wire;

internal sealed class WireNode
{
    public string? Node { get; set; }

    public string? Address { get; set; }

    public string? Datacenter { get; set; }

    /// <summary>Where the servers are Consul Enterprise.</summary>
    public string? Partition { get; set; }

    public Dictionary<string, string?>? Meta { get; set; }

    public WireLocality? Locality { get; set; }
}
