namespace ClientLb.Consul.Wire;

/// <summary>An answer of <c>/v1/query/NAME/execute</c>.</summary>
internal sealed class WirePrepared
{
    public List<WireEntry?>? Nodes { get; set; }

    public string? Datacenter { get; set; }

    /// <summary>How many data centres were asked in vain before this one.</summary>
    public int Failovers { get; set; }
}
