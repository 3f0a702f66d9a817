namespace ClientLb.Consul.Wire;

/// <summary>Newer servers say where a node or an instance is.</summary>
internal sealed class WireLocality
{
    public string? Region { get; set; }

    public string? Zone { get; set; }
}
